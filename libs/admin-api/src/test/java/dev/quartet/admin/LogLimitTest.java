package dev.quartet.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LogLimitTest {
    @Test
    void oneLineIsDueInTenSeconds() {
        var nanos = new AtomicLong(Long.MAX_VALUE - 5); // wraps around, as System.nanoTime may
        var limit = new LogLimit(nanos::get);

        assertThat(limit.due()).isTrue();
        assertThat(limit.due()).isFalse();
        nanos.addAndGet(Duration.ofSeconds(10).toNanos() - 1);
        assertThat(limit.due()).isFalse();
        nanos.incrementAndGet();
        assertThat(limit.due()).isTrue();
        assertThat(limit.due()).isFalse();
    }
}
