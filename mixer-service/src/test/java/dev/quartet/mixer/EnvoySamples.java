package dev.quartet.mixer;

import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Messages as a stock Envoy 1.40 sent them, with Quartet's tags, extensions and peer header in place of the trial's.
public final class EnvoySamples {
    private EnvoySamples() {}

    public static CheckRequest check(String name) {
        return read(name, CheckRequest.newBuilder()).build();
    }

    public static StreamAccessLogsMessage reports(String name) {
        return read(name, StreamAccessLogsMessage.newBuilder()).build();
    }

    private static <B extends Message.Builder> B read(String name, B builder) {
        try (var file = EnvoySamples.class.getResourceAsStream("/testdata/envoy-1.40/" + name)) {
            if (file == null) {
                throw new IllegalArgumentException("no sample " + name);
            }
            JsonFormat.parser()
                    .ignoringUnknownFields()
                    .usingTypeRegistry(TypeRegistry.getEmptyTypeRegistry())
                    .merge(new String(file.readAllBytes(), StandardCharsets.UTF_8), builder);
            return builder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
