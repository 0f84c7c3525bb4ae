package dev.quartet.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is run, and on what, for the parts that a user names.
class SourceTreeTest {
    private static final String END_TO_END = "tests/end-to-end";

    @TempDir Path root;

    @BeforeEach
    void tree() throws IOException {
        Files.writeString(
                root.resolve("pom.xml"),
                "<module>galley-service</module> <module>mesh-init</module> <module>tests/end-to-end</module>");
        test("galley-service", "SourceTest", "");
        test("galley-service", "KubernetesIT", "@Tag(\"apiserver\")");
        test("mesh-init", "CaptureTest", "");
        test(END_TO_END, "RequestPathIT", "@Tag(\"quick\")");
        test(END_TO_END, "ComposeIT", "@Tag(\"compose\")");
        test(END_TO_END, "ClusterIT", "@Tag(\"cluster\")");
    }

    private void test(String module, String type, String tag) throws IOException {
        var folder = root.resolve(module).resolve("src/test/java/a");
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(type + ".java"), tag + " class " + type + " {}");
    }

    private SourceTree.Plan plan(String... parts) throws IOException {
        return SourceTree.read(root).select(List.of(parts));
    }

    @Test
    void allIsOneRunWithoutWhatAWholeMachineIsSetUpFor() throws IOException {
        var plan = plan();

        assertThat(plan.builds()).isEmpty();
        assertThat(plan.tests()).containsExactly("verify");
        assertThat(plan.needs())
                .containsExactlyInAnyOrder(Need.PROMETHEUS, Need.NAMESPACES, Need.API_SERVER);
    }

    @Test
    void composeBuildsTheJarsOfTheImagesFirst() throws IOException {
        var plan = plan("compose");

        assertThat(plan.builds())
                .containsExactly(List.of("install", "-Pimages", "-Dfast", "-DskipTests"));
        assertThat(plan.tests())
                .containsExactly(
                        "verify", "-pl", END_TO_END, "-De2e.groups=compose", "-De2e.excluded=");
        assertThat(plan.needs()).containsExactly(Need.CONTAINERS);
    }

    @Test
    void clusterIsTheSameOnKubernetes() throws IOException {
        var plan = plan("cluster");

        assertThat(plan.builds()).isEqualTo(plan("compose").builds());
        assertThat(plan.tests()).contains("-De2e.groups=cluster", "-De2e.excluded=");
        assertThat(plan.needs()).containsExactlyInAnyOrder(Need.CONTAINERS, Need.CLUSTER);
    }

    @Test
    void aClassBringsWhatItsTagNeeds() throws IOException {
        assertThat(plan("ComposeIT").needs()).contains(Need.CONTAINERS);
        assertThat(plan("ComposeIT").builds().getFirst()).contains("-Pimages");
        assertThat(plan("ComposeIT").tests()).contains("-Dtest=ComposeIT", "-De2e.excluded=");
        assertThat(plan("RequestPathIT").needs()).containsExactly(Need.PROMETHEUS);
        assertThat(plan("SourceTest").needs()).isEmpty();
        assertThat(plan("SourceTest").tests())
                .contains("-pl", "galley-service", "-Dtest=SourceTest");
        assertThat(plan("KubernetesIT").needs()).containsExactly(Need.API_SERVER);
    }

    @Test
    void aModuleRunsWithoutWhatAWholeMachineIsSetUpFor() throws IOException {
        assertThat(plan("end-to-end").needs()).containsExactly(Need.PROMETHEUS);
        assertThat(plan("end-to-end").tests()).doesNotContain("-De2e.excluded=");
        assertThat(plan("galley-service").needs()).containsExactly(Need.API_SERVER);
        assertThat(plan("mesh-init").needs()).containsExactly(Need.NAMESPACES);
    }

    @Test
    void apiserverIsTheModulesThatHaveSuchTests() throws IOException {
        assertThat(plan("apiserver").tests())
                .containsExactly("verify", "-pl", "galley-service", "-Dgroups=apiserver");
    }

    @Test
    void fuzzIsTheClassesOfThatNameForTheMinutesThatWereSaid() throws IOException {
        assertThat(plan("fuzz").tests())
                .containsExactly(
                        "verify", "-pl", "tests/fuzzing", "-Dtest=*Fuzz", "-Dfuzz.minutes=10");
        assertThat(SourceTree.read(root).select(List.of("fuzz"), 3).tests())
                .contains("-Dfuzz.minutes=3");
        assertThat(plan("fuzz").needs()).isEmpty();
    }

    @Test
    void soakIsTheTestsOfThatTagForAnHourOrTheMinutesThatWereSaid() throws IOException {
        assertThat(plan("soak").tests())
                .containsExactly(
                        "verify", "-pl", END_TO_END, "-De2e.groups=soak", "-Dsoak.minutes=60");
        assertThat(SourceTree.read(root).select(List.of("soak"), 7).tests())
                .contains("-Dsoak.minutes=7");
        assertThat(plan("soak").needs()).isEmpty();
    }

    @Test
    void minutesAreForFuzzAndSoakAlone() throws IOException {
        var tree = SourceTree.read(root);

        assertThatThrownBy(() -> tree.select(List.of("quick"), 3))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("--minutes");
        assertThatThrownBy(() -> tree.select(List.of("fuzz"), 0))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("at least a minute");
        assertThatThrownBy(() -> tree.select(List.of("soak"), 4))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("at least five minutes");
    }

    @Test
    void partThatIsNoneIsRefusedWithThoseThatAre() {
        assertThatThrownBy(() -> plan("composed"))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("composed")
                .extracting(failure -> ((Failure) failure).fix())
                .asString()
                .contains("quick, apiserver, compose, cluster, fuzz, soak", "galley-service");
    }
}
