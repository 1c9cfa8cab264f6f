# SPDX-License-Identifier: Apache-2.0
"""rtsp.py PORT: serves pictures at /video and sound at /audio until it is ended."""

import sys

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import GLib, Gst, GstRtspServer    # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address('::')
server.set_service(sys.argv[1])
for path, launch in (('/video', 'videotestsrc is-live=true ! video/x-raw,width=160,height=120 ! jpegenc ! rtpjpegpay name=pay0 pt=26'),
                     ('/audio', 'audiotestsrc is-live=true ! mulawenc ! rtppcmupay name=pay0 pt=0')):
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch)
    factory.set_shared(True)
    server.get_mount_points().add_factory(path, factory)
server.attach(None)
GLib.MainLoop().run()
