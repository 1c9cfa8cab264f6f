# SPDX-License-Identifier: Apache-2.0
# web: something to be fetched behind a proxy; browse: fetches it in all ways that there are.
web() {
	mkdir -p www
	words 300 >www/index.html
	busybox httpd -p 127.0.0.1:8000 -h www
}

browse() {
	local how
	for how in socks5 socks5h socks4 socks4a; do
		curl -s -m 4 --proxy "$how://$BRACKETED:$PORT" "http://127.0.0.1:8000/$(word)"
		curl -s -m 4 --proxy "$how://anna:$(pick secret "$(word)")@$BRACKETED:$PORT" "http://$(pick localhost 127.0.0.1):8000/"
	done
	curl -s -m 4 --proxy "socks5h://$BRACKETED:$PORT" "http://$(word).test/"
	printf 'GET /%s HTTP/1.0\r\n\r\n' "$(word)" | timeout 4 nc.openbsd -X "$(pick 4 5)" -x "$BRACKETED:$PORT" 127.0.0.1 8000
}
