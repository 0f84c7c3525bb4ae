package dev.quartet.benchmarks.mesh;

import dev.quartet.testkit.ServiceProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A service as `mesh up` starts it: from its unpacked jar, with an AOT cache that an earlier run has written.
///
/// @param jar the unpacked one
/// @param cache of it, once it was trained
public record UnpackedJar(Path jar, Path cache) {
    /// @param folder for both
    public static UnpackedJar of(Path root, String module, Path folder) {
        var packed = ServiceProcess.jar(root, module);
        ServiceProcess.run(
                "unpack",
                packed,
                List.of("-Djarmode=tools"),
                List.of("extract", "--force", "--destination", folder.toString()),
                folder);
        return new UnpackedJar(
                folder.resolve(packed.getFileName()), folder.resolve(module + ".aot"));
    }

    /// Of a run that writes the cache at its end.
    public List<String> training(List<String> flags) {
        return with(flags, "-XX:AOTCacheOutput=" + cache);
    }

    /// Of a run that starts from the cache.
    public List<String> trained(List<String> flags) {
        return with(flags, "-XX:AOTCache=" + cache);
    }

    private static List<String> with(List<String> flags, String more) {
        var all = new ArrayList<>(flags);
        all.add(more);
        return all;
    }
}
