package dev.quartet.pilot.discovery;

import com.netflix.discovery.DiscoveryClient;
import com.netflix.discovery.EurekaClient;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.netflix.eureka.EurekaServiceInstance;
import org.springframework.cloud.util.ProxyUtils;

/// Eureka's client keeps a copy and answers from it, whether its server is there or not: before the first fetch with nothing.
public final class EurekaDialect implements Dialect {
    /// In fetch intervals: so many without an answer are no accident.
    private static final int STALE_AFTER = 6;

    private static final Duration FIRST_ANSWER = Duration.ofSeconds(15);

    private final Supplier<EurekaClient> client;
    private final long startedNanos = System.nanoTime();
    private volatile boolean asked;

    /// @param client asked for late: to make it is to ask its server
    public EurekaDialect(Supplier<EurekaClient> client) {
        this.client = client;
    }

    @Override
    public String name() {
        return "eureka";
    }

    @Override
    public boolean hasAsked() {
        asked = asked || sinceFetch().isPresent();
        return asked;
    }

    /// Since the server answered; empty: it never did.
    private Optional<Duration> sinceFetch() {
        if (ProxyUtils.<Object>getTargetObject(client.get()) instanceof DiscoveryClient eureka) {
            var millis = eureka.getLastSuccessfulRegistryFetchTimePeriod();
            return millis < 0 ? Optional.empty() : Optional.of(Duration.ofMillis(millis));
        }
        return Optional.of(Duration.ZERO);
    }

    @Override
    public Optional<String> trouble() {
        if (!asked) {
            // the client is not made here: that may take a while
            return System.nanoTime() - startedNanos < FIRST_ANSWER.toNanos()
                    ? Optional.empty()
                    : Optional.of("no Eureka server has answered yet");
        }
        var limit =
                Duration.ofSeconds(
                                client.get()
                                        .getEurekaClientConfig()
                                        .getRegistryFetchIntervalSeconds())
                        .multipliedBy(STALE_AFTER);
        return sinceFetch()
                .filter(since -> since.compareTo(limit) > 0)
                .map(since ->
                        "no Eureka server has answered for %d s".formatted(since.toSeconds()));
    }

    /// The address that an instance registers; its host may be a name that only its own machine knows.
    @Override
    public String address(ServiceInstance instance) throws UnknownHostException {
        var known =
                instance instanceof EurekaServiceInstance eureka
                        ? eureka.getInstanceInfo().getIPAddr()
                        : null;
        return known == null || known.isEmpty()
                ? InetAddress.getByName(instance.getHost()).getHostAddress()
                : InetAddress.getByName(known).getHostAddress();
    }
}
