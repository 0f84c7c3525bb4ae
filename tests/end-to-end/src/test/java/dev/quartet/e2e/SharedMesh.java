package dev.quartet.e2e;

import dev.quartet.testkit.EnvoyBinary;
import dev.quartet.testkit.MeshUnderTest;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// One mesh for all test classes that ask for it: it starts with the first and goes down after the last. Each test leaves it
/// as it was: in sync, with nothing applied; what a failed test has left is taken away here.
/// Who works on a test saves its start: `QUARTET_MESH=<home of a running mesh>` makes the tests use that one.
final class SharedMesh implements ParameterResolver, AfterEachCallback {
    private static final Duration BACK = Duration.ofSeconds(90);
    private static final Namespace NAMESPACE = Namespace.create(SharedMesh.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == MeshUnderTest.class;
    }

    @Override
    public MeshUnderTest resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return mesh(context);
    }

    private static MeshUnderTest mesh(ExtensionContext context) {
        EnvoyBinary.required();
        var running = System.getenv("QUARTET_MESH");
        if (running != null) {
            return MeshUnderTest.running(Path.of(running));
        }
        return context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE)
                .computeIfAbsent("mesh", _ -> MeshUnderTest.up("--no-caches"), MeshUnderTest.class);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (context.getExecutionException().isEmpty()) {
            return;
        }
        var mesh = mesh(context);
        if (!MeshUnderTest.SERVICES.stream().allMatch(mesh::ready)) {
            mesh.start("--no-caches");
        }
        Applied.clear(mesh);
        mesh.awaitInSync(BACK);
    }
}
