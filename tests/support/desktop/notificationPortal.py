"""An org.freedesktop.portal.Notification that records. Prints a line of JSON for each notification that is added or removed; a line of JSON on
its input ({"press": ID}, {"reply": ID, "text": TEXT}) is what somebody does with one. Its argument is `reply` where the desktop has answers."""
import json
import os
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = 'org.freedesktop.portal.Desktop'
INTERFACE = 'org.freedesktop.portal.Notification'


def say(what):
    print(json.dumps(what), flush=True)


class Portal(dbus.service.Object):
    @dbus.service.method('org.freedesktop.DBus.Properties', in_signature='s', out_signature='a{sv}')
    def GetAll(self, interface):
        purposes = ['im.reply-with-text'] if sys.argv[1] == 'reply' else ['call.accept']
        options = {'category': dbus.Array(['im.received'], 's'), 'button-purpose': dbus.Array(purposes, 's')}
        return {'version': dbus.UInt32(2), 'SupportedOptions': dbus.Dictionary(options, 'sv')}

    @dbus.service.method(INTERFACE, in_signature='sa{sv}')
    def AddNotification(self, id, notification):
        plain = {str(key): str(value) for key, value in notification.items() if key != 'buttons'}
        buttons = [{str(key): str(value) for key, value in button.items()} for button in notification.get('buttons', [])]
        say({'t': 'add', 'id': str(id), 'notification': plain, 'buttons': buttons})

    @dbus.service.method(INTERFACE, in_signature='s')
    def RemoveNotification(self, id):
        say({'t': 'remove', 'id': str(id)})

    @dbus.service.signal(INTERFACE, signature='ssav')
    def ActionInvoked(self, id, action, parameter):
        pass


def act(source, condition):
    text = os.read(sys.stdin.fileno(), 65536).decode()
    for line in text.splitlines():
        invoke(json.loads(line))
    return text != ''


def invoke(wanted):
    data = dbus.Dictionary({'activation-token': 'token'}, 'sv')
    if 'press' in wanted:
        portal.ActionInvoked(wanted['press'], 'open', dbus.Array([data], 'v'))
    else:
        portal.ActionInvoked(wanted['reply'], 'reply', dbus.Array([wanted['reply'], data, wanted['text']], 'v'))


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
name = dbus.service.BusName(NAME, bus)
portal = Portal(bus, '/org/freedesktop/portal/desktop')
GLib.io_add_watch(sys.stdin, GLib.IO_IN, act)
say({'t': 'ready'})
GLib.MainLoop().run()
