# SPDX-License-Identifier: Apache-2.0
# ask: what time is it? Programs that know no port ask for the right one here all the same.
ask() {
	local i
	for i in 1 2 3; do
		printf 'server %s port %s iburst minpoll 0 maxpoll 1 version %s\ncmdport 0\npidfile /tmp/pid%s\n' "$HOST" "$PORT" "$(pick 3 4)" "$i" >"ask$i"
		timeout 4 chronyd -d -x -Q -u root -f "$PWD/ask$i"
		timeout 4 chronyd -d -x -Q -t 2 -u root "server $HOST port $PORT iburst" "pidfile /tmp/q$i"
		python3 - "$HOST" "$PORT" <<-END
			import ntp.packet, socket, sys, time
			s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
			s.settimeout(1)
			p = ntp.packet.SyncPacket()
			p.transmit_timestamp = ntp.packet.SyncPacket.posix_to_ntp(time.time())
			s.sendto(p.flatten(), (sys.argv[1], int(sys.argv[2])))
			try:
			    print(len(s.recv(999)))
			except TimeoutError:
			    pass
		END
	done
}
