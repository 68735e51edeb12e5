"""An org.freedesktop.portal.Background that records. Prints a line of JSON for each request and answers it with the code and choice of its
arguments: CODE (0 done, 1 refused) and `early` (before the handle is returned) or `late`."""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = 'org.freedesktop.portal.Desktop'
HANDLE = '/org/freedesktop/portal/desktop/request/test/1'


class Request(dbus.service.Object):
    @dbus.service.signal('org.freedesktop.portal.Request', signature='ua{sv}')
    def Response(self, code, results):
        pass


class Portal(dbus.service.Object):
    @dbus.service.method('org.freedesktop.portal.Background', in_signature='sa{sv}', out_signature='o')
    def RequestBackground(self, parent, options):
        wanted = bool(options['autostart'])
        print(json.dumps({'autostart': wanted, 'command': [str(part) for part in options['commandline']]}), flush=True)
        code = int(sys.argv[1])

        def answer():
            request.Response(dbus.UInt32(code), {'background': dbus.Boolean(code == 0), 'autostart': dbus.Boolean(code == 0 and wanted)})
            return False

        if sys.argv[2] == 'early':
            answer()
        else:
            GLib.timeout_add(50, answer)
        return dbus.ObjectPath(HANDLE)


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
name = dbus.service.BusName(NAME, bus)
request = Request(bus, HANDLE)
portal = Portal(bus, '/org/freedesktop/portal/desktop')
print('{"ready":true}', flush=True)
GLib.MainLoop().run()
