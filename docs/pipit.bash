# SPDX-License-Identifier: Apache-2.0
# Completion of pipit's command line for bash. Made by: pipit schema --as bash
_pipit()
{
    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]} command= at i
    COMPREPLY=()
    if [[ $word == = ]]; then
        word=
    elif [[ $last == = ]]; then
        last=${COMP_WORDS[COMP_CWORD-2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        at=${COMP_WORDS[i]}
        case $at in
        analyze | flows | log | print | explain | follow | hunt | scans | devices | timeline | rpcinfo | alerts | check | train | evaluate | schema) command=$at; break ;;
        esac
    done
    case $last in
    --format) COMPREPLY=($(compgen -W 'json zeek eve' -- "$word")); return ;;
    --color) COMPREPLY=($(compgen -W 'auto always never' -- "$word")); return ;;
    --as) COMPREPLY=($(compgen -W 'md man bash' -- "$word")); return ;;
    -o) COMPREPLY=($(compgen -d -- "$word")); return ;;
    -i) COMPREPLY=($(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$word")); return ;;
    -f | -j | --from | --to | --flow-talks | --flow-idle-attempt | --flow-idle-closed | --flow-idle-udp | --flow-idle-icmp | --flow-idle-other | --flow-idle-tcp | --flow-idle-rpc | --flow-idle-long | --flow-idle-ether | --stats-interval | --scan-hosts | --scan-ports | --scan-window | --scan-slow | --scan-stealth | --scan-sweep | --scan-walk | --scan-sources | --scan-shared | --scan-idle | --syn-flood | --keep-size | --keep-age | --extract-size | --extract-total | --workers) return ;;
    esac
    if [[ $word == -* ]]; then
        case $command in
        analyze) at=' -r -i -f --from --to --config --rules -S --strict --no-rate-limits --dialect -o --keep --extract --format --json -j -n -q --color --model --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        flows) at=' -r -i -f --from --to --config -S --json -j -n -q --color --model --like --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        log) at=' -r -i -f --from --to --config --rules -S --strict --no-rate-limits --dialect --format --json -j -n -q --color --model --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        print) at=' -r -i -f --from --to -j -n --color -c -t -v -q -e -S --number -x -X -A --nano -w --classic --note --fields --layers --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        explain) at=' -r -i -f --from --to --config --rules -S --strict --no-rate-limits --dialect --rule --json -j -n -q --color --model --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        follow) at=' -r -i -f --from --to --config -S --extract --json -j -n -q --color --model --hex --raw --side --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        hunt) at=' -r -i -f --from --to --config -S --json -j -n -q --color --model --known --explain-away --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        scans) at=' -r -i -f --from --to --config -S --json -j -n -q --color --model --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        devices) at=' -r -i -f --from --to --config -S --json --csv -j -n -q --color --model --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        timeline) at=' -r -i -f --from --to --config -S --json -j -n -q --color --model --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        rpcinfo) at=' -r -i -f --from --to --config -S --json -j -n -q --color --model --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        alerts) at=' -r -i -f --from --to --config --rules -S --strict --no-rate-limits --dialect --json -j -n -q --color --model --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        check) at=' --config --rules -S --strict --no-rate-limits --dialect --help --version' ;;
        train) at=' -q --model --teach --with --root --set --vectors --dump --help --version' ;;
        evaluate) at=' --json -q --root --set --floors --kept --names --help --version' ;;
        schema) at=' --as --help --version' ;;
        *) at=' -r -i -f --from --to --config --rules -S --strict --no-rate-limits --dialect -o --keep --extract --format --json -j -n -q --color --model --help --version --flow-talks --flow-idle-attempt --flow-idle-closed --flow-idle-udp --flow-idle-icmp --flow-idle-other --flow-idle-tcp --flow-idle-rpc --flow-idle-long --flow-idle-ether --stats-interval --scan-hosts --scan-ports --scan-window --scan-slow --scan-stealth --scan-sweep --scan-walk --scan-sources --scan-shared --scan-idle --syn-flood --keep-size --keep-age --extract-size --extract-total --workers' ;;
        esac
        COMPREPLY=($(compgen -W "$at" -- "$word"))
        return
    fi
    if [[ $command == log && $last == log ]]; then
        COMPREPLY=($(compgen -W 'conn leg message ether weird padding notice scan unreachable alert stats content file file_part modbus dnp3 dnp3_control dnp3_objects dnp3_message dnp3_session dnp3_fragment profinet_dcp profinet_step profinet_cyclic profinet_alarm profinet_ar profinet_rt profinet_io_cm profinet_connect profinet_iocr profinet_module profinet_im0 lldp fieldbus tick arp device rpc rpc_service dce_rpc' -- "$word"))
        return
    fi
    COMPREPLY=($(compgen -f -- "$word"))
    compopt -o filenames 2>/dev/null
    if [[ -z $command && $COMP_CWORD -eq 1 ]]; then
        COMPREPLY+=($(compgen -W 'analyze flows log print explain follow hunt scans devices timeline rpcinfo alerts check train evaluate schema' -- "$word"))
    fi
}
complete -F _pipit pipit
