"""An org.freedesktop.Notifications that records. Prints a line of JSON for each call; obeys lines of JSON on its input:
{"press": id} is a press on the notification itself (the action `default`), {"reply": id, "text": …} an inline reply."""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = 'org.freedesktop.Notifications'
PATH = '/org/freedesktop/Notifications'


def say(**what):
    sys.stdout.write(json.dumps(what) + '\n')
    sys.stdout.flush()


class Service(dbus.service.Object):
    last = 0

    @dbus.service.method(NAME, in_signature='', out_signature='as')
    def GetCapabilities(self):
        return ['body', 'body-markup', 'actions', 'inline-reply', 'persistence']

    @dbus.service.method(NAME, in_signature='', out_signature='ssss')
    def GetServerInformation(self):
        return ('recorder', 'tests', '1', '1.2')

    @dbus.service.method(NAME, in_signature='susssasa{sv}i', out_signature='u')
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        if replaces == 0:
            self.last += 1
        number = int(replaces) or self.last
        say(t='notify', id=number, app=str(app), summary=str(summary), body=str(body), actions=[str(a) for a in actions],
            hints=sorted(str(h) for h in hints))
        return dbus.UInt32(number)

    @dbus.service.method(NAME, in_signature='u', out_signature='')
    def CloseNotification(self, number):
        say(t='close', id=int(number))
        self.NotificationClosed(number, dbus.UInt32(3))

    @dbus.service.signal(NAME, signature='uu')
    def NotificationClosed(self, number, reason):
        pass

    @dbus.service.signal(NAME, signature='us')
    def ActionInvoked(self, number, action):
        pass

    @dbus.service.signal(NAME, signature='us')
    def NotificationReplied(self, number, text):
        pass


def obey(source, _condition):
    text = source.readline()
    if text == '':
        loop.quit()
        return False
    order = json.loads(text)
    if 'press' in order:
        service.ActionInvoked(dbus.UInt32(order['press']), 'default')
    if 'reply' in order:
        service.NotificationReplied(dbus.UInt32(order['reply']), order['text'])
    return True


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
name = dbus.service.BusName(NAME, bus)
service = Service(bus, PATH)
loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, obey)
say(t='ready')
loop.run()
