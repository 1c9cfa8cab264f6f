# SPDX-License-Identifier: Apache-2.0
# chat: irssi, ii, and what somebody types into a raw connection.
chat() {
	local i nick
	for i in 1 2 3; do
		nick=$(word)$i
		(
			sleep 0.3
			printf 'NICK %s\r\nUSER %s 0 * :%s\r\n' "$nick" "$(word)" "$(words 2)"
			sleep 0.7
			printf 'JOIN #%s\r\n' "$(pick one two)"
			printf 'PRIVMSG #one :%s\r\n' "$(words 5)"
			pause
			printf '%s\r\nLIST\r\nWHOIS %s\r\n' "$(word)" "$nick"
			pause
			printf 'QUIT :%s\r\n' "$(words 2)"
			sleep 0.5
		) | timeout 6 nc.openbsd -q 1 "$HOST" "$PORT"
		mkdir -p "ii$i"
		(
			sleep 1.5
			for f in ii$i/*/in; do echo "/j #one $(words 2)" >"$f"; done
			sleep 0.5
			for f in ii$i/*/in; do echo "/QUIT $(word)" >"$f"; done
		) 2>/dev/null &
		timeout 3 ii -i "$PWD/ii$i" -s "$HOST" -p "$PORT" -n "$(word)$i" -f "$(words 2)"
		HOME=$PWD/home$i TERM=vt100 timeout 3 script -qc "irssi --home=$PWD/home$i -c $HOST -p $PORT -n $(word)$i" /dev/null >/dev/null </dev/null
	done
}
