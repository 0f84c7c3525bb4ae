package dev.quartet.benchmarks.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessCostTest {
    @Test
    void readsCpuBehindANameWithBracketsAndSpaces() {
        assertThat(
                        ProcessCost.cpuSeconds(
                                "42 (a (odd) name) S 1 42 42 0 -1 4194304 100 0 0 0 1234 66 0 0 20 0 1 0 100 0 0"))
                .isEqualTo(13.0);
    }

    @Test
    void readsTheProportionalSetSize() {
        assertThat(
                        ProcessCost.pssBytes(
                                "00400000-7fff r-xp [rollup]\nRss:  9000 kB\nPss:   1024 kB\nPss_Dirty: 7 kB\n"))
                .isEqualTo(1024 * 1024);
    }

    @Test
    void knowsItsOwnCost() {
        assertThat(ProcessCost.cpuSeconds(ProcessHandle.current().pid())).isPositive();
        assertThat(ProcessCost.pssBytes(ProcessHandle.current().pid())).isGreaterThan(1 << 20);
    }

    @Test
    void tellsTheCpuOfThreadsByTheirName() {
        var own = ProcessHandle.current().pid();

        assertThat(
                        ProcessCost.cpuSeconds(own, "C2 Compiler")
                                + ProcessCost.cpuSeconds(own, "C1 Compiler"))
                .isPositive()
                .isLessThan(ProcessCost.cpuSeconds(own) + 0.01);
        assertThat(ProcessCost.cpuSeconds(own, "nobody")).isZero();
    }
}
