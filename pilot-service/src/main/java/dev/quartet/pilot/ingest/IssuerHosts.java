package dev.quartet.pilot.ingest;

import dev.quartet.config.authentication.Jwt;
import dev.quartet.config.authentication.MeshPolicy;
import dev.quartet.config.authentication.OriginMethod;
import dev.quartet.config.authentication.PeerMethod;
import dev.quartet.config.authentication.Policy;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.security.RequestAuthentication;
import dev.quartet.stream.ConfigSnapshot;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks up the hosts that policies name for the keys of issuers (`jwksUri`), again and again, so that proxies never ask DNS themselves: who
/// writes a policy could else make every proxy connect to what only it can reach, by a name that leads there later. Private
/// addresses are left out, unless the host is allowed to have them. The last good addresses stay while DNS does not answer.
/// Each host has a thread, as long as a policy names it. Thread-safe.
public final class IssuerHosts implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(IssuerHosts.class);

    /// How DNS is asked.
    public interface Lookup {
        /// @throws UnknownHostException when there is no address, or nobody answers
        List<InetAddress> addresses(String host) throws UnknownHostException;
    }

    private final IssuerSettings settings;
    private final Lookup dns;
    private final Runnable changed;
    private final Map<String, Thread> lookers = new HashMap<>();
    private final Map<String, IssuerAddresses.Found> found = new TreeMap<>();
    private boolean closed;

    /// @param changed run when what is found has changed
    public IssuerHosts(IssuerSettings settings, Lookup dns, Runnable changed) {
        this.settings = settings;
        this.dns = dns;
        this.changed = changed;
    }

    /// What is known so far of the hosts that the config names; looks for others from now on, and no longer for those that it does not name.
    public synchronized IssuerAddresses of(ConfigSnapshot config) {
        var wanted = hosts(config);
        lookers.entrySet()
                .removeIf(looker -> {
                    var gone = !wanted.contains(looker.getKey());
                    if (gone) {
                        looker.getValue().interrupt();
                    }
                    return gone;
                });
        found.keySet().retainAll(wanted);
        if (!closed) {
            for (var host : wanted) {
                lookers.computeIfAbsent(
                        host,
                        name -> Thread.ofVirtual().name("issuer-" + name).start(() -> look(name)));
            }
        }
        return new IssuerAddresses(new TreeMap<>(found));
    }

    private static Set<String> hosts(ConfigSnapshot config) {
        var requests =
                config.of(RequestAuthentication.class).stream()
                        .flatMap(it -> it.spec().jwtRules().stream())
                        .map(RequestAuthentication.JwtRule::jwksUri);
        var policies =
                config.of(Policy.class).stream()
                        .flatMap(it -> tokens(it.spec().peers(), it.spec().origins()));
        var mesh =
                config.of(MeshPolicy.class).stream()
                        .flatMap(it -> tokens(it.spec().peers(), it.spec().origins()));
        var hosts = new HashSet<String>();
        Stream.concat(requests, Stream.concat(policies, mesh).map(Jwt::jwksUri))
                .filter(Objects::nonNull)
                .map(String::valueOf)
                .filter(uri -> !uri.isEmpty())
                .forEach(uri -> hosts.add(host(uri)));
        return hosts;
    }

    private static Stream<Jwt> tokens(List<PeerMethod> peers, List<OriginMethod> origins) {
        return Stream.concat(
                peers.stream().flatMap(it -> Stream.ofNullable(it.jwt())),
                origins.stream().flatMap(it -> Stream.ofNullable(it.jwt())));
    }

    /// @param uri that the rules let pass
    private static String host(String uri) {
        var host = URI.create(uri).getHost().toLowerCase(Locale.ROOT);
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private void look(String host) {
        while (!Thread.currentThread().isInterrupted()) {
            Duration pause;
            try {
                take(host, found(host, dns.addresses(host)));
                pause = settings.refresh();
            } catch (UnknownHostException _) {
                missed(host);
                pause = settings.retry();
            } catch (RuntimeException e) {
                LOGGER.atError()
                        .addKeyValue("name", host)
                        .setCause(e)
                        .log("Cannot look up a host of issuers' keys");
                pause = settings.retry();
            }
            LockSupport.parkNanos(this, pause.toNanos());
        }
    }

    private IssuerAddresses.Found found(String host, List<InetAddress> addresses) {
        var allowed = settings.allowedHosts().stream().anyMatch(it -> Hosts.covers(it, host));
        var usable = new TreeSet<String>();
        var refused = new TreeSet<String>();
        for (var address : addresses) {
            (allowed || PublicAddresses.has(address) ? usable : refused)
                    .add(address.getHostAddress());
        }
        return new IssuerAddresses.Found(usable, refused);
    }

    /// Of a host that was there before the addresses stay.
    private void missed(String host) {
        synchronized (this) {
            if (found.containsKey(host)) {
                return;
            }
        }
        take(host, new IssuerAddresses.Found(new TreeSet<>(), new TreeSet<>()));
    }

    private void take(String host, IssuerAddresses.Found now) {
        synchronized (this) {
            if (!lookers.containsKey(host) || lookers.get(host) != Thread.currentThread()) {
                return; // nobody asks for it any more
            }
            var before = found.get(host);
            if (now.equals(before) || before != null && isPartOf(now, before)) {
                return;
            }
            found.put(host, now);
        }
        changed.run();
    }

    /// Some servers of names give another part of all addresses each time.
    private static boolean isPartOf(IssuerAddresses.Found now, IssuerAddresses.Found before) {
        return !now.addresses().isEmpty()
                && now.refused().isEmpty()
                && before.refused().isEmpty()
                && before.addresses().containsAll(now.addresses());
    }

    @Override
    public synchronized void close() {
        closed = true;
        lookers.values().forEach(Thread::interrupt);
        lookers.clear();
    }
}
