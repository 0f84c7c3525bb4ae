package dev.quartet.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.List;
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
        assertThat(offset % 100).isZero();
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(FreePorts.isFree(taken.getLocalPort())).isFalse();
        }
    }

    /// 8000 of one mesh and 15000 of another are the same port when their offsets are 7000 apart.
    @Test
    void noPortIsGivenTwice() {
        var given = new HashSet<Integer>();

        for (var i = 0; i < 20; i++) {
            var offset = FreePorts.offset(8000, 15000, 15020);

            assertThat(List.of(8000 + offset, 15000 + offset, 15020 + offset))
                    .allSatisfy(port -> assertThat(given.add(port)).as("port " + port).isTrue());
        }
    }
}
