package dev.quartet.citadel.keep;

import dev.quartet.identity.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/// A file of its owner's only (0600) in a folder of the same kind.
public record SecretFile(Path file) implements KeptSecret {

    private static final int MAX_BYTES = 64 * 1024;

    /// @throws IOException when the file can't be written or read, or can be read by others
    @Override
    public String loadOrCreate(Supplier<String> fresh) throws IOException {
        var folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            PrivateFiles.folder(folder);
        }
        if (!Files.exists(file)) {
            PrivateFiles.createIfAbsent(file, fresh.get().getBytes(StandardCharsets.UTF_8));
        }
        return new String(PrivateFiles.read(file, MAX_BYTES), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
