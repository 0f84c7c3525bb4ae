package dev.quartet.admin;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The memory that the system counts for this process, heap and all the rest: what a container's limit is about. Where the
/// system does not tell (`/proc` is Linux's) there is no such metric.
final class ProcessMemory implements MeterBinder {
    private static final String RESIDENT = "VmRSS:";
    private static final int BYTES_PER_KIBIBYTE = 1024;

    private final Path status;

    /// @param status `/proc/self/status`
    ProcessMemory(Path status) {
        this.status = status;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        if (Files.isReadable(status)) {
            Gauge.builder("process_resident_memory_bytes", this, ProcessMemory::residentBytes)
                    .description("Memory of the process that is in RAM")
                    .register(registry);
        }
    }

    private double residentBytes() {
        try {
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith(RESIDENT))
                    .mapToDouble(ProcessMemory::bytes)
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException _) {
            return Double.NaN;
        }
    }

    /// `VmRSS:     12345 kB`
    private static double bytes(String line) {
        var number = line.substring(RESIDENT.length()).replace("kB", "").strip();
        return Double.parseDouble(number) * BYTES_PER_KIBIBYTE;
    }
}
