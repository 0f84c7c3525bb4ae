package dev.quartet.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.bootstrap.BootstrapSpec.TrustFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// The bootstrap as committed files, where a proxy is started by a file that people wrote (`docker-compose.yml`, a manifest in `k8s/`).
final class SharedFiles {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Path IN_CONTAINER = Path.of("/etc/quartet/envoy");

    static final TrustFiles TRUST =
            new TrustFiles(
                    Path.of("/etc/quartet/trust/token"),
                    Path.of("/etc/quartet/trust/root-cert.pem"),
                    IN_CONTAINER.resolve("token-sds.json"),
                    IN_CONTAINER.resolve("root-sds.json"));

    private SharedFiles() {}

    /// `bootstrap.json` and the two SDS files of a folder; -Dgolden.update writes them anew.
    static void assertCommitted(BootstrapSpec spec, Path folder) throws IOException {
        assertGolden(folder.resolve("bootstrap.json"), BootstrapWriter.sharedJson(spec));
        assertGolden(folder.resolve("token-sds.json"), TRUST.tokenSourceJson());
        assertGolden(folder.resolve("root-sds.json"), TRUST.rootSourceJson());
    }

    /// What the file gives Envoy as arguments. The last is JSON, which people may fold as they like.
    static void assertArguments(BootstrapSpec spec, List<String> arguments) {
        var expected =
                new ArrayList<>(
                        List.of(
                                "--config-path",
                                IN_CONTAINER.resolve("bootstrap.json").toString()));
        expected.addAll(BootstrapWriter.arguments(spec));
        expected.addAll(BootstrapWriter.nodeArguments(spec));

        assertThat(arguments.subList(0, arguments.size() - 1))
                .isEqualTo(expected.subList(0, expected.size() - 1));
        assertThat(JSON.readTree(arguments.getLast())).isEqualTo(JSON.readTree(expected.getLast()));
    }

    private static void assertGolden(Path golden, String text) throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(golden.getParent());
            Files.writeString(golden, text);
        }
        assertThat(text).isEqualTo(Files.readString(golden));
    }
}
