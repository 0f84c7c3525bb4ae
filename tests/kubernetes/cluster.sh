#!/usr/bin/env bash
# A real Kubernetes of one node, beside whatever else runs here, for tests:
#   cluster.sh up FOLDER          etcd, kube-apiserver, controller-manager, scheduler, containerd, kubelet, kube-proxy, CoreDNS
#   cluster.sh load FOLDER TAR …  gives the node images (docker archives)
#   cluster.sh exec FOLDER CMD …  runs a command in the node's network
#   cluster.sh status FOLDER      what runs
#   cluster.sh down FOLDER        ends all of it, and takes it away
# "up" prints the kubeconfig's path, FOLDER/kubeconfig. KUBE_BIN: Kubernetes' programs (build.sh); IMAGES: archives of the images localhost/pause:1 and
# localhost/coredns:1 (images.sh). Needs root and, of Debian's packages, etcd-server containerd runc containernetworking-plugins iptables iproute2 openssl curl.
#
# The node lives in a network namespace of its own and is reached over one veth pair, with routes to the ranges of pods and Services; iptables and Docker of this machine
# are not touched. A webhook by URL on this machine listens on 10.245.0.1, the apiserver's way out.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command=${1:-}
[ -n "${2:-}" ] || {
    sed -n 's/^# \{0,1\}//; 2,7p' "${BASH_SOURCE[0]}" >&2
    exit 2
}
state=$(mkdir -p "$2" && cd "$2" && pwd)
shift 2
bin=${KUBE_BIN:-$here/../../.mesh/kubernetes}
images=${IMAGES:-$bin}

namespace=k8snode
node=node1
host_ip=10.245.0.1
node_ip=10.245.0.2
pods=10.244.0.0/16
services=10.96.0.0/16
dns_ip=10.96.0.10
etcd_url=http://127.0.0.1:2379
apiserver_url=https://$node_ip:6443
socket=$state/containerd/containerd.sock

in_node=(nsenter --net="/run/netns/$namespace") # "ip netns exec" would hide the cgroups
ctr=(ctr -a "$socket" -n k8s.io)
kubectl=("$bin/kubectl" --kubeconfig "$state/kubeconfig")

fail() {
    echo "cluster: $1" >&2
    exit 1
}

pause() { read -r -t "$1" <> <(:) || true; }

# start NAME COMMAND …: in the node's network, own session, own log, pid in NAME.pid
start() {
    local name=$1
    shift
    setsid "${in_node[@]}" "$@" >"$state/log/$name.log" 2>&1 </dev/null &
    echo $! >"$state/$name.pid"
}

# The recorded process lives and is ours: its command line names our folder.
alive() {
    local pid
    pid=$(cat "$state/$1.pid" 2>/dev/null) || return 1
    [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$state"
}

stop() {
    local pid tries=0
    if alive "$1"; then
        pid=$(cat "$state/$1.pid")
        kill "$pid" 2>/dev/null || true
        while alive "$1" && [ $tries -lt 100 ]; do
            tries=$((tries + 1))
            pause 0.1
        done
        ! alive "$1" || kill -9 "$pid" || true
    fi
    rm -f "$state/$1.pid"
}

# wait_for NAME SECONDS CHECK …: until the check passes; fails when the program NAME ends
wait_for() {
    local name=$1 tries=$(($2 * 5))
    shift 2
    until "$@" >/dev/null 2>&1; do
        alive "$name" || fail "$name ended; the end of its log:
$(tail -n 5 "$state/log/$name.log")"
        tries=$((tries - 1))
        [ $tries -gt 0 ] || fail "$name is not ready; the end of its log:
$(tail -n 10 "$state/log/$name.log")"
        pause 0.2
    done
}

# ---- keys and certificates

certificate() { # NAME SUBJECT [SAN]
    local name=$1 subject=$2 names=${3:-}
    local file=$state/pki/$name
    openssl ecparam -name prime256v1 -genkey -noout -out "$file.key" 2>/dev/null
    openssl req -new -key "$file.key" -subj "$subject" -out "$file.csr" 2>/dev/null
    {
        echo basicConstraints=CA:FALSE
        echo keyUsage=digitalSignature,keyEncipherment
        echo extendedKeyUsage=serverAuth,clientAuth
        [ -z "$names" ] || echo "subjectAltName=$names"
    } >"$file.ext"
    openssl x509 -req -in "$file.csr" -CA "$state/pki/ca.crt" -CAkey "$state/pki/ca.key" -CAcreateserial -days 30 -sha256 -extfile "$file.ext" -out "$file.crt" 2>/dev/null
    rm -f "$file.csr" "$file.ext"
}

keys() {
    mkdir -p "$state/pki"
    openssl ecparam -name prime256v1 -genkey -noout -out "$state/pki/ca.key" 2>/dev/null
    openssl req -x509 -new -key "$state/pki/ca.key" -subj /CN=test-cluster -days 30 -sha256 -out "$state/pki/ca.crt" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature 2>/dev/null
    openssl genrsa -out "$state/pki/sa.key" 2048 2>/dev/null
    openssl rsa -in "$state/pki/sa.key" -pubout -out "$state/pki/sa.pub" 2>/dev/null
    local kubernetes=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local
    certificate apiserver /CN=kube-apiserver "$kubernetes,DNS:localhost,IP:127.0.0.1,IP:$node_ip,IP:${services%.*/*}.1"
    certificate admin /O=system:masters/CN=admin
    certificate apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client
    certificate controller-manager /CN=system:kube-controller-manager
    certificate scheduler /CN=system:kube-scheduler
    certificate kubelet "/O=system:nodes/CN=system:node:$node" "DNS:$node,IP:$node_ip"
    certificate kube-proxy /CN=system:kube-proxy
}

kubeconfig() { # USER FILE
    cat >"$2" <<-YAML
	apiVersion: v1
	kind: Config
	clusters:
	- name: test
	  cluster:
	    server: $apiserver_url
	    certificate-authority-data: $(base64 -w0 <"$state/pki/ca.crt")
	users:
	- name: $1
	  user:
	    client-certificate-data: $(base64 -w0 <"$state/pki/$1.crt")
	    client-key-data: $(base64 -w0 <"$state/pki/$1.key")
	contexts:
	- name: test
	  context: {cluster: test, user: $1}
	current-context: test
	YAML
    chmod 600 "$2"
}

# ---- network

network_up() {
    ip netns add $namespace
    ip link add k8snode0 type veth peer name eth0 netns $namespace
    ip addr add $host_ip/30 dev k8snode0
    ip link set k8snode0 up
    ip -n $namespace link set lo up
    ip -n $namespace addr add $node_ip/30 dev eth0
    ip -n $namespace link set eth0 up
    ip -n $namespace route add default via $host_ip # kubelet and kube-proxy want one; this machine forwards nothing
    ip route add $pods via $node_ip
    ip route add $services via $node_ip
    # An address that kube-proxy has not programmed yet refuses at once; by the default route its first packet would be tracked without NAT, and hang.
    local chain
    for chain in OUTPUT FORWARD; do
        "${in_node[@]}" iptables -w -A $chain -d $services -p tcp -j REJECT --reject-with tcp-reset
    done
    "${in_node[@]}" sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
}

network_down() {
    ip link del k8snode0 2>/dev/null
    ip netns del $namespace 2>/dev/null
}

# ---- configuration

configuration() {
    mkdir -p "$state"/{cni,containerd,kubelet,log,manifests}
    cat >"$state/cni/10-test.conflist" <<-JSON
	{"cniVersion": "0.4.0", "name": "test", "plugins": [
	  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
	   "ipam": {"type": "host-local", "dataDir": "$state/cni-ipam", "ranges": [[{"subnet": "$pods"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
	  {"type": "portmap", "capabilities": {"portMappings": true}}]}
	JSON
    # restrict_oom_score_adj: root of a test machine may lack CAP_SYS_RESOURCE, and a score below its own then ends every container
    cat >"$state/containerd/config.toml" <<-TOML
	version = 2
	root = "$state/containerd/root"
	state = "$state/containerd/run"
	disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
	[grpc]
	  address = "$socket"
	[plugins."io.containerd.internal.v1.opt"]
	  path = "$state/containerd/opt"
	[plugins."io.containerd.grpc.v1.cri"]
	  sandbox_image = "localhost/pause:1"
	  restrict_oom_score_adj = true
	  enable_unprivileged_ports = false
	  [plugins."io.containerd.grpc.v1.cri".cni]
	    bin_dir = "/usr/lib/cni"
	    conf_dir = "$state/cni"
	  [plugins."io.containerd.grpc.v1.cri".containerd]
	    snapshotter = "overlayfs"
	    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
	      runtime_type = "io.containerd.runc.v2"
	      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
	        SystemdCgroup = false
	TOML
    : >"$state/kubelet/resolv.conf"
    # syncFrequency stays a minute, as everywhere: what waits for a ConfigMap waits here as long as it does for a user
    cat >"$state/kubelet.yaml" <<-YAML
	apiVersion: kubelet.config.k8s.io/v1beta1
	kind: KubeletConfiguration
	failCgroupV1: false
	cgroupDriver: cgroupfs
	containerRuntimeEndpoint: unix://$socket
	address: $node_ip
	healthzBindAddress: 127.0.0.1
	authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $state/pki/ca.crt}}
	authorization: {mode: Webhook}
	tlsCertFile: $state/pki/kubelet.crt
	tlsPrivateKeyFile: $state/pki/kubelet.key
	clusterDNS: [$dns_ip]
	clusterDomain: cluster.local
	resolvConf: $state/kubelet/resolv.conf
	staticPodPath: $state/manifests
	podLogsDir: $state/pod-logs
	failSwapOn: false
	oomScoreAdj: 0
	evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
	imageGCHighThresholdPercent: 100
	imageGCLowThresholdPercent: 99
	nodeStatusUpdateFrequency: 5s
	volumePluginDir: $state/kubelet/plugins
	YAML
    cat >"$state/kube-proxy.yaml" <<-YAML
	apiVersion: kubeproxy.config.k8s.io/v1alpha1
	kind: KubeProxyConfiguration
	mode: iptables
	bindAddress: 0.0.0.0
	clusterCIDR: $pods
	clientConnection: {kubeconfig: $state/kube-proxy.kubeconfig}
	hostnameOverride: $node
	oomScoreAdj: 0
	conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
	YAML
}

# ---- up

control_plane_up() {
    mkdir -p -m 700 "$state/etcd"
    start etcd etcd --name test --data-dir "$state/etcd" --logger zap --log-level warn --unsafe-no-fsync \
        --listen-client-urls $etcd_url --advertise-client-urls $etcd_url \
        --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster test=http://127.0.0.1:2380
    wait_for etcd 30 "${in_node[@]}" curl -sf --max-time 2 -o /dev/null $etcd_url/health
    start kube-apiserver "$bin/kube-apiserver" --etcd-servers=$etcd_url \
        --bind-address=$node_ip --advertise-address=$node_ip --secure-port="${apiserver_url##*:}" \
        --cert-dir="$state/pki" --tls-cert-file="$state/pki/apiserver.crt" --tls-private-key-file="$state/pki/apiserver.key" \
        --client-ca-file="$state/pki/ca.crt" \
        --kubelet-client-certificate="$state/pki/apiserver-kubelet.crt" --kubelet-client-key="$state/pki/apiserver-kubelet.key" --kubelet-preferred-address-types=InternalIP \
        --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$state/pki/sa.pub" --service-account-signing-key-file="$state/pki/sa.key" \
        --service-cluster-ip-range=$services --authorization-mode=Node,RBAC --allow-privileged=true --profiling=false
    local user
    for user in admin controller-manager scheduler kubelet kube-proxy; do kubeconfig $user "$state/$user.kubeconfig"; done
    mv "$state/admin.kubeconfig" "$state/kubeconfig"
    wait_for kube-apiserver 90 "${kubectl[@]}" get --raw /readyz
    start kube-controller-manager "$bin/kube-controller-manager" --kubeconfig="$state/controller-manager.kubeconfig" \
        --bind-address=127.0.0.1 --cert-dir="$state/controller-manager" --leader-elect=false --use-service-account-credentials=true \
        --service-account-private-key-file="$state/pki/sa.key" --root-ca-file="$state/pki/ca.crt" \
        --cluster-signing-cert-file="$state/pki/ca.crt" --cluster-signing-key-file="$state/pki/ca.key" \
        --cluster-cidr=$pods --service-cluster-ip-range=$services --allocate-node-cidrs=false
    start kube-scheduler "$bin/kube-scheduler" --kubeconfig="$state/scheduler.kubeconfig" --bind-address=127.0.0.1 --cert-dir="$state/scheduler" --leader-elect=false
    # what a cloud or kubeadm grants kube-proxy
    "${kubectl[@]}" apply -f - >&2 <<-YAML
	apiVersion: rbac.authorization.k8s.io/v1
	kind: ClusterRoleBinding
	metadata: {name: test-kube-proxy}
	roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:node-proxier}
	subjects: [{kind: User, name: system:kube-proxy, apiGroup: rbac.authorization.k8s.io}]
	YAML
}

# These the kubelet sets for the whole machine; "down" puts them back.
machine_settings=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes)

node_up() {
    local setting
    for setting in "${machine_settings[@]}"; do echo "$setting=$(sysctl -n "$setting")"; done >"$state/sysctls"
    start kubelet "$bin/kubelet" --config="$state/kubelet.yaml" --kubeconfig="$state/kubelet.kubeconfig" \
        --hostname-override=$node --node-ip=$node_ip --root-dir="$state/kubelet" --cert-dir="$state/pki/kubelet-dir"
    start kube-proxy "$bin/kube-proxy" --config="$state/kube-proxy.yaml"
    wait_for kubelet 120 node_ready
}

node_ready() {
    [ "$("${kubectl[@]}" get node $node -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}{.spec.taints}')" = True ]
}

up() {
    local program
    for program in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
        [ -x "$bin/$program" ] || fail "there is no $bin/$program; tests/kubernetes/build.sh makes it"
    done
    for program in etcd containerd runc iptables ip openssl curl; do
        command -v $program >/dev/null || fail "there is no $program on PATH"
    done
    [ "$(id -u)" = 0 ] || fail "a node needs root"
    if ! alive kubelet; then
        network_down || true
        network_up
        configuration
        keys
        start containerd containerd --config "$state/containerd/config.toml"
        control_plane_up
        wait_for containerd 30 "${ctr[@]}" version
        load "$images"/pause.tar "$images"/coredns.tar
        node_up
        sed "s/@DNS_IP@/$dns_ip/" "$here/coredns.yaml" | "${kubectl[@]}" apply -f - >&2
        "${kubectl[@]}" -n kube-system rollout status deploy/coredns --timeout=90s >&2
    fi
    echo "$state/kubeconfig"
}

load() {
    local archive
    for archive; do "${ctr[@]}" images import "$archive" >&2; done
}

# ---- down

down() {
    set +e # to the end, whatever fails
    local name network networks='' mount process processes tries
    for name in kubelet kube-proxy kube-scheduler kube-controller-manager; do stop $name; done
    if alive containerd; then
        # the pods' network namespaces lie outside our folder
        networks=$(for name in $("${ctr[@]}" containers ls -q 2>/dev/null); do "${ctr[@]}" containers info "$name" 2>/dev/null; done | grep -o '/run/netns/cni-[0-9a-f-]*' | sort -u)
        for name in $("${ctr[@]}" tasks ls -q 2>/dev/null); do "${ctr[@]}" tasks kill -s SIGKILL "$name" 2>/dev/null; done
        for tries in {1..50}; do # a deleted task ends its shim
            for name in $("${ctr[@]}" tasks ls -q 2>/dev/null); do "${ctr[@]}" tasks rm "$name" >/dev/null 2>&1; done
            [ -n "$("${ctr[@]}" tasks ls -q 2>/dev/null)" ] || break
            pause 0.1
        done
    fi
    for name in containerd kube-apiserver etcd; do stop $name; done
    for process in /proc/[0-9]*; do # shims of ours name our socket
        if { tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null | grep -qF -- "-address $socket"; then kill -9 "${process#/proc/}" 2>/dev/null; fi
    done
    for mount in $(awk -v folder="$state/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r); do umount -l "$mount"; done
    for network in $networks; do ip netns del "${network##*/}" 2>/dev/null; done
    network_down
    # what is still in a pod's cgroup was started by our kubelet
    for tries in {1..5}; do
        processes=$(find /sys/fs/cgroup -path '*/kubepods/*' -name cgroup.procs -exec cat {} + 2>/dev/null)
        [ -n "$processes" ] || break
        # shellcheck disable=SC2086 # they are several
        kill -9 $processes 2>/dev/null
        pause 0.2
    done
    for mount in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods; do [ -d "$mount" ] && find "$mount" -depth -type d -exec rmdir {} \; 2>/dev/null; done
    [ ! -e "$state/sysctls" ] || sysctl -q -p "$state/sysctls" >/dev/null
    rm -rf "$state"
    [ ! -e "$state" ] || fail "left behind: $state"
}

status() {
    local name pid
    for name in etcd kube-apiserver kube-controller-manager kube-scheduler containerd kubelet kube-proxy; do
        if alive $name; then
            pid=$(cat "$state/$name.pid")
            echo "$name pid $pid $(awk '/VmRSS/ { printf "%d MiB", $2 / 1024 }' "/proc/$pid/status")"
        else
            echo "$name down"
        fi
    done
    "${kubectl[@]}" get nodes,pods -A -o wide 2>/dev/null || true
}

case $command in
    up) up ;;
    load) load "$@" ;;
    exec) exec "${in_node[@]}" "$@" ;;
    status) status ;;
    down) down ;;
    *) fail "there is no \"$command\": up, load, exec, status or down" ;;
esac
