# SPDX-License-Identifier: Apache-2.0
"""chat.py HOST PORT USER PASSWORD DEVICE TEXT: slixmpp logs in, looks around, says something, and goes."""

import asyncio
import sys

import slixmpp

host, port, user, password, device, text = sys.argv[1:]


class Chat(slixmpp.ClientXMPP):
    def __init__(self):
        super().__init__(f'{user}@server.test/{device}', password)
        for plugin in 'xep_0030', 'xep_0199':
            self.register_plugin(plugin)
        self['feature_mechanisms'].unencrypted_plain = True
        self.add_event_handler('session_start', self.talk)
        for end in 'failed_all_auth', 'connection_failed':
            self.add_event_handler(end, lambda _: self.disconnect())
        self.add_event_handler('disconnected', lambda _: self.loop.stop())

    async def talk(self, _):
        self.send_presence(pstatus=text[:20])
        try:
            await self.get_roster()
            await self['xep_0030'].get_items(jid='server.test', timeout=2)
            await self['xep_0199'].ping('server.test', timeout=2)
        except slixmpp.exceptions.XMPPError as error:
            print(error)
        self.send_message(mto='bert@server.test', mbody=text, mtype='chat')
        await asyncio.sleep(0.5)
        self.disconnect()


chat = Chat()
chat.connect((host, int(port)), force_starttls=False, disable_starttls=True)
chat.loop.call_later(5, chat.loop.stop)
chat.process()
