package dev.quartet.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// What the next release of a service would be: the same jar, under another version.
final class NewBuild {
    private NewBuild() {}

    static void of(Path jar, String version, Path target) throws IOException {
        try (var old = new JarFile(jar.toFile());
                var fresh = new ZipOutputStream(Files.newOutputStream(target))) {
            var entries = old.entries();
            while (entries.hasMoreElements()) {
                var entry = entries.nextElement();
                if (entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    var manifest = old.getManifest();
                    manifest.getMainAttributes()
                            .put(Attributes.Name.IMPLEMENTATION_VERSION, version);
                    fresh.putNextEntry(new ZipEntry(JarFile.MANIFEST_NAME));
                    manifest.write(fresh);
                } else {
                    fresh.putNextEntry(copy(entry));
                    old.getInputStream(entry).transferTo(fresh);
                }
                fresh.closeEntry();
            }
        }
    }

    /// Libraries in it are stored uncompressed, and must stay so; what is compressed may come out at another size.
    private static ZipEntry copy(ZipEntry entry) {
        var copy = new ZipEntry(entry.getName());
        copy.setTime(entry.getTime());
        copy.setMethod(entry.getMethod());
        if (entry.getMethod() == ZipEntry.STORED) {
            copy.setSize(entry.getSize());
            copy.setCompressedSize(entry.getSize());
            copy.setCrc(entry.getCrc());
        }
        return copy;
    }
}
