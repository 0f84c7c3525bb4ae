package dev.quartet.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class FreePortsTest {
    @Test
    void areDifferentAndFree() {
        assertThat(FreePorts.several(20)).doesNotHaveDuplicates().allMatch(FreePorts::isFree);
    }

    @Test
    void offsetAvoidsWhatIsTaken() throws IOException {
        var offset = FreePorts.offset(8080, 9901);

        assertThat(FreePorts.isFree(8080 + offset)).isTrue();
        assertThat(offset % 1000).isZero();
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(FreePorts.isFree(taken.getLocalPort())).isFalse();
        }
    }
}
