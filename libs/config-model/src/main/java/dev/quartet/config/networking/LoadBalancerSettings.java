package dev.quartet.config.networking;

import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.Superseded;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

public record LoadBalancerSettings(
        @OneOf("policy") @Nullable Simple simple,
        @OneOf("policy") @Nullable ConsistentHash consistentHash,
        @Nullable LocalityLoadBalancerSettings localityLbSetting,
        @Superseded("write warmup instead") @Nullable Duration warmupDurationSecs,
        @Nullable Warmup warmup) {

    /// `LEAST_CONN` is the older name of `LEAST_REQUEST`; `UNSPECIFIED` leaves the choice to the mesh.
    public enum Simple {
        UNSPECIFIED,
        ROUND_ROBIN,
        @Superseded("write LEAST_REQUEST instead")
        LEAST_CONN,
        LEAST_REQUEST,
        RANDOM,
        PASSTHROUGH
    }

    public record ConsistentHash(
            @OneOf("key") @Nullable String httpHeaderName,
            @OneOf("key") @Nullable HttpCookie httpCookie,
            @OneOf("key") @Nullable Boolean useSourceIp,
            @OneOf("key") @Nullable String httpQueryParameterName,
            @OneOf("algorithm") @Superseded("write ringHash.minimumRingSize instead")
                    @Nullable Long minimumRingSize,
            @OneOf("algorithm") @Nullable RingHash ringHash,
            @OneOf("algorithm") @Nullable Maglev maglev) {}

    public record HttpCookie(
            @Required String name,
            @Nullable String path,
            @Nullable Duration ttl,
            List<CookieAttribute> attributes) {
        public HttpCookie {
            attributes = List.copyOf(attributes);
        }
    }

    public record CookieAttribute(@Required String name, @Nullable String value) {}

    public record RingHash(@Nullable Long minimumRingSize) {}

    public record Maglev(@Nullable Long tableSize) {}

    public record Warmup(
            @Required Duration duration,
            @Nullable Double minimumPercent,
            @Nullable Double aggression) {}
}
