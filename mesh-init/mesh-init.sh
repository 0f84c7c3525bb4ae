#!/bin/sh
# Sends a network namespace's TCP traffic through its proxy, by iptables REDIRECT. After Istio 1.4's istio-iptables.sh, with its flags.
#
#   PREROUTING ─▶ ISTIO_INBOUND ─▶ 15006        OUTPUT ─▶ ISTIO_OUTPUT ─┬─▶ 15001
#                      ▲                                                └─▶ ISTIO_INBOUND  (the proxy calls its own workload)
#
# All rules stand in chains of their own and go in by one iptables-restore per family, so there is never half a set of one;
# a second run writes the same again. The rules of others, like those of Docker's DNS, stay.
set -euf # no globbing: lists hold *

chains='ISTIO_INBOUND ISTIO_IN_REDIRECT ISTIO_OUTPUT ISTIO_REDIRECT'
# The proxy's own doors: readiness and metrics. Captured, they would answer only to whom the mesh lets in.
own_ports='15020 15021 15090'

usage() {
    cat <<'END'
usage: mesh-init [OPTION ...]     captures the traffic of this network namespace
       mesh-init --dry-run …      prints the rules, changes nothing
       mesh-init --clean          takes away what an earlier run has made

  -p, --outbound-to PORT          the proxy's outbound port (15001)
  -z, --inbound-to PORT           the proxy's inbound port (15006)
  -u, --proxy-uid UID,…           users whose outbound traffic is not captured (1337)
  -g, --proxy-gid GID,…           groups likewise (1337)
  -m, --mode REDIRECT             the only mode
  -i, --outbound-cidrs LIST       destinations to capture, or * (*)
  -x, --exclude-outbound-cidrs LIST
      --outbound-ports LIST       destination ports to capture, or * (*)
  -o, --exclude-outbound-ports LIST
  -b, --inbound-ports LIST        ports to capture, or * (*)
  -d, --exclude-inbound-ports LIST
      --inbound-cidrs LIST        sources to capture, or * (*)
      --exclude-inbound-cidrs LIST
      --backend nft|legacy|auto   auto: the one whose nat table has rules already, else nft, else legacy

Lists are separated by commas; an empty one means none. Never captured: loopback, and inbound 15020, 15021, 15090, and 22 where all ports are.
Exit codes: 0 done, 1 could not be done, 2 asked wrongly.
END
}

refuse() {
    echo "mesh-init: $1; mesh-init --help lists the options" >&2
    exit 2
}

fail() {
    echo "mesh-init: $1" >&2
    exit 1
}

# ---- what was asked

number() { # OPTION VALUE MIN MAX
    case $2 in
        '' | *[!0-9]* | 0[0-9]* | ??????????*) refuse "$1 has \"$2\", which is not a number" ;;
    esac
    [ "$2" -ge "$3" ] && [ "$2" -le "$4" ] || refuse "$1 has $2, which is not between $3 and $4"
}

# Splits LIST at its commas into $items; an empty item is a typing error, not "all" or "none".
split() { # OPTION LIST
    case ",$2," in
        ,,) items='' && return ;;
        *,,*) refuse "$1 has an empty item in \"$2\"" ;;
        *[!0-9A-Za-z.:/,*]*) refuse "$1 has \"$2\", which holds other signs than those of numbers and addresses" ;;
    esac
    items=$(printf '%s' "$2" | tr ',' ' ')
}

ports() { # OPTION LIST [all]
    if [ "$2" = '*' ]; then
        [ -n "${3:-}" ] || refuse "$1 takes ports, not *"
        items='*'
        return
    fi
    split "$1" "$2"
    for item in $items; do
        number "$1" "$item" 1 65535
    done
}

ids() { # OPTION LIST
    split "$1" "$2"
    [ -n "$items" ] || refuse "$1 needs at least one id"
    for item in $items; do
        number "$1" "$item" 0 999999999
    done
}

ipv4() {
    printf '%s\n' "$1" | grep -Eqx '((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(/(3[0-2]|[12]?[0-9]))?'
}

# The exact grammar is iptables'; this keeps words, ports and half addresses out.
ipv6() {
    printf '%s\n' "$1" | grep -Eqx '[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}(/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?' &&
        ! printf '%s\n' "$1" | grep -Eq ':::|::.*::|^:[^:]|[^:]:(/|$)' &&
        { printf '%s\n' "$1" | grep -q :: || printf '%s\n' "$1" | grep -Eqx '([^:]+:){7}[^:]+'; }
}

cidrs() { # OPTION LIST [all]
    if [ "$2" = '*' ]; then
        [ -n "${3:-}" ] || refuse "$1 takes ranges, not *"
        items='*'
        return
    fi
    split "$1" "$2"
    for item in $items; do
        ipv4 "$item" || ipv6 "$item" || refuse "$1 has \"$item\", which is not a range like 10.0.0.0/8 or fd00::/8"
    done
}

action=apply backend=auto
outbound_to=15001 inbound_to=15006 uids=1337 gids=1337
outbound_cidrs='*' exclude_outbound_cidrs='' outbound_ports='*' exclude_outbound_ports=''
inbound_ports='*' exclude_inbound_ports='' inbound_cidrs='*' exclude_inbound_cidrs=''

while [ $# -gt 0 ]; do
    option=$1
    shift
    case $option in
        --dry-run) action=print && continue ;;
        --clean) action=clean && continue ;;
        -h | --help) usage && exit 0 ;;
        --*=*)
            set -- "${option#*=}" "$@"
            option=${option%%=*}
            ;;
        -p | -z | -u | -g | -m | -i | -x | -o | -b | -d | --*-to | --proxy-?id | --mode | --*-cidrs | --*-ports | --backend) ;;
        *) refuse "there is no option \"$option\"" ;;
    esac
    [ $# -gt 0 ] || refuse "$option needs a value"
    case $option in
        -p | --outbound-to) number "$option" "$1" 1 65535 && outbound_to=$1 ;;
        -z | --inbound-to) number "$option" "$1" 1 65535 && inbound_to=$1 ;;
        -u | --proxy-uid) ids "$option" "$1" && uids=$items ;;
        -g | --proxy-gid) ids "$option" "$1" && gids=$items ;;
        -m | --mode) [ "$1" = REDIRECT ] || refuse "$option has \"$1\"; only REDIRECT is there" ;;
        -i | --outbound-cidrs) cidrs "$option" "$1" all && outbound_cidrs=$items ;;
        -x | --exclude-outbound-cidrs) cidrs "$option" "$1" && exclude_outbound_cidrs=$items ;;
        --outbound-ports) ports "$option" "$1" all && outbound_ports=$items ;;
        -o | --exclude-outbound-ports) ports "$option" "$1" && exclude_outbound_ports=$items ;;
        -b | --inbound-ports) ports "$option" "$1" all && inbound_ports=$items ;;
        -d | --exclude-inbound-ports) ports "$option" "$1" && exclude_inbound_ports=$items ;;
        --inbound-cidrs) cidrs "$option" "$1" all && inbound_cidrs=$items ;;
        --exclude-inbound-cidrs) cidrs "$option" "$1" && exclude_inbound_cidrs=$items ;;
        --backend)
            case $1 in nft | legacy | auto) backend=$1 ;; *) refuse "$option has \"$1\"; use nft, legacy or auto" ;; esac
            ;;
        *) refuse "there is no option \"$option\"" ;;
    esac
    shift
done
[ "$outbound_to" != "$inbound_to" ] || refuse "inbound and outbound traffic cannot both go to port $inbound_to"
for port in $own_ports; do
    case " $inbound_ports " in *" $port "*) refuse "port $port is the proxy's own and is never captured; take it out of the inbound ports" ;; esac
done

# ---- the rules

# rules FAMILY (4 or 6): what stands in our chains, as iptables-restore reads it.
rules() (
    if [ "$1" = 4 ]; then
        loopback=127.0.0.0/8 passthrough=127.0.0.6/32
        of_family() { case $1 in *:*) return 1 ;; esac; }
    else
        loopback=::1/128 passthrough=::6/128
        of_family() { case $1 in *:* | '*') ;; *) return 1 ;; esac; }
    fi
    # each DIRECTION CIDRS PORTS CHAIN TARGET: a rule for every pair
    each() {
        for cidr in $2; do
            of_family "$cidr" || continue
            for port in $3; do
                echo "-A $4$([ "$cidr" = '*' ] || echo " $1 $cidr") -p tcp$([ "$port" = '*' ] || echo " -m tcp --dport $port") -j $5"
            done
        done
    }

    for chain in $chains; do
        echo ":$chain - [0:0]"
    done
    echo "-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports $inbound_to"
    echo "-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports $outbound_to"

    each -s '*' "$own_ports $exclude_inbound_ports" ISTIO_INBOUND RETURN
    # Who captures everything still wants to get in when the proxy does not work.
    [ "$inbound_ports" != '*' ] || each -s '*' 22 ISTIO_INBOUND RETURN
    each -s "$exclude_inbound_cidrs" '*' ISTIO_INBOUND RETURN
    each -s "$inbound_cidrs" "$inbound_ports" ISTIO_INBOUND ISTIO_IN_REDIRECT

    # The proxy hands on what came in for a port that it does not know: to the application, and not to itself again.
    echo "-A ISTIO_OUTPUT -s $passthrough -o lo -j RETURN"
    each -d '*' "$exclude_outbound_ports" ISTIO_OUTPUT RETURN
    # The proxy calls its own workload by the workload's address: in by the front door, as anyone's call. The rest of its traffic goes out.
    for uid in $uids; do
        echo "-A ISTIO_OUTPUT ! -d $loopback -o lo -p tcp -m owner --uid-owner $uid -j ISTIO_INBOUND"
        echo "-A ISTIO_OUTPUT -m owner --uid-owner $uid -j RETURN"
    done
    for gid in $gids; do
        echo "-A ISTIO_OUTPUT ! -d $loopback -o lo -p tcp -m owner --gid-owner $gid -j ISTIO_INBOUND"
        echo "-A ISTIO_OUTPUT -m owner --gid-owner $gid -j RETURN"
    done
    # All of 127/8: Docker's DNS has 127.0.0.11.
    echo "-A ISTIO_OUTPUT -d $loopback -j RETURN"
    each -d "$exclude_outbound_cidrs" '*' ISTIO_OUTPUT RETURN
    each -d "$outbound_cidrs" "$outbound_ports" ISTIO_OUTPUT ISTIO_REDIRECT
)

jumps='PREROUTING:ISTIO_INBOUND OUTPUT:ISTIO_OUTPUT'

if [ "$action" = print ]; then
    for family in 4 6; do
        echo "# IPv$family"
        echo '*nat'
        rules "$family"
        for jump in $jumps; do
            echo "-A ${jump%:*} -p tcp -j ${jump#*:}"
        done
        echo COMMIT
    done
    exit 0
fi

# ---- this namespace

# The programs of FAMILY and back end; those without a back end in their name are the only ones of some distributions.
program() { # FAMILY BACKEND
    name=$([ "$1" = 4 ] && echo iptables || echo ip6tables)
    if command -v "$name-$2" >/dev/null; then
        echo "$name-$2"
    elif [ "$2" = "${plain_backend:=$(iptables --version 2>/dev/null | grep -q nf_tables && echo nft || echo legacy)}" ] && command -v "$name" >/dev/null; then
        echo "$name"
    fi
}

call() { # FAMILY BACKEND SUFFIX ARGUMENT…
    tables=$(program "$1" "$2")
    [ -n "$tables" ] || return 1
    suffix=$3
    shift 3
    "$tables$suffix" "$@"
}

# nft lists tables of its own only; legacy makes its empty tables by looking at them, so ask the kernel first.
has_rules() { # BACKEND
    case $1 in
        nft) call 4 nft -save -t nat 2>/dev/null | grep -q '^-A' ;;
        legacy) grep -qx nat /proc/net/ip_tables_names 2>/dev/null && call 4 legacy -save -t nat 2>/dev/null | grep -q '^-A' ;;
    esac
}

works() { call 4 "$1" '' -w 5 -t nat -n -L OUTPUT >/dev/null 2>&1; }

choose() {
    if [ "$backend" != auto ]; then
        [ -n "$(program 4 "$backend")" ] || fail "there is no iptables with the back end $backend; install it, or leave --backend out"
        return
    fi
    for backend in nft legacy; do
        has_rules "$backend" && return
    done
    for backend in nft legacy; do
        works "$backend" && return
    done
    fail "iptables does not work here: $(iptables -t nat -n -L OUTPUT 2>&1 | head -n 1); it needs root or the capability NET_ADMIN, and a kernel with nat"
}

# Nothing but the loopback or a link's own address means that nobody routes IPv6 here.
scopes() { awk '{ print $4 }' /proc/net/if_inet6 2>/dev/null || true; }

apply() { # FAMILY
    text=$(
        echo '*nat'
        rules "$1"
        for jump in $jumps; do
            call "$1" "$backend" '' -w 5 -t nat -C "${jump%:*}" -p tcp -j "${jump#*:}" 2>/dev/null || echo "-A ${jump%:*} -p tcp -j ${jump#*:}"
        done
        echo COMMIT
    )
    said=$(printf '%s\n' "$text" | call "$1" "$backend" -restore -w 5 --noflush 2>&1) || return 1
    # What really stands there, not what was asked for.
    [ "$(call "$1" "$backend" -save -t nat | grep -c '^-A ISTIO_')" = "$(printf '%s\n' "$text" | grep -c '^-A ISTIO_')" ] || {
        said='the kernel holds other rules than were given'
        return 1
    }
}

clean() { # FAMILY BACKEND
    for jump in $jumps; do
        while call "$1" "$2" '' -w 5 -t nat -D "${jump%:*}" -p tcp -j "${jump#*:}" 2>/dev/null; do :; done
    done
    # All emptied before the first goes: they name each other.
    for chain in $chains; do
        call "$1" "$2" '' -w 5 -t nat -F "$chain" 2>/dev/null || true
    done
    for chain in $chains; do
        call "$1" "$2" '' -w 5 -t nat -X "$chain" 2>/dev/null || true
    done
    left=$(call "$1" "$2" -save -t nat 2>&1) || fail "cannot read the rules of IPv$1 ($2): $left; it needs root or the capability NET_ADMIN"
    case $left in *ISTIO_*) return 1 ;; esac
}

if [ "$action" = clean ]; then
    for each_backend in nft legacy; do
        for family in 4 6; do
            [ "$each_backend" = nft ] || grep -qx nat "/proc/net/ip$([ $family = 4 ] || echo 6)_tables_names" 2>/dev/null || continue
            [ -n "$(program $family "$each_backend")" ] || continue
            clean "$family" "$each_backend" || fail "rules of IPv$family ($each_backend) are left; see $(program $family "$each_backend")-save -t nat"
        done
    done
    echo 'mesh-init: clean' >&2
    exit 0
fi

choose
if [ -n "$(scopes)" ] && ! apply 6; then
    # Without an address that others reach there is nothing to miss; with one, its traffic would pass by the proxy unseen.
    if scopes | grep -qvE '^(10|20)$'; then
        fail "cannot capture IPv6 ($backend): $said; this namespace has an IPv6 address, so nothing was captured"
    fi
    echo "mesh-init: no IPv6 rules ($backend): $said" >&2
fi
apply 4 || fail "cannot capture IPv4 ($backend): $said; mesh-init --clean takes back what is there"
echo "mesh-init: captured; in to $inbound_to, out to $outbound_to ($backend)" >&2
