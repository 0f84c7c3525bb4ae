package dev.quartet.pilot.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.admin.ProblemException;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.ConnectionStatus;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What REST makes of questions; what is said of requests is ExplainerTest's.
class ExplainControllerTest {
    private static final Proxy STOREFRONT = Meshes.sidecar("storefront-v1", "127.1.0.1");

    private static ExplainController controller(
            @Nullable Translation translation, ConnectionStatus... proxies) {
        return new ExplainController(
                () -> Optional.ofNullable(translation), () -> List.of(proxies));
    }

    private static ExplainController controller(
            ConnectionStatus.State state, Map<XdsType, String> errors) {
        var config =
                Meshes.config(
                        "r1",
                        Meshes.service("storefront", "v1"),
                        Meshes.service("reviews", "v1"),
                        Meshes.routes(
                                "reviews",
                                "- match: [{headers: {end-user: {exact: jason}}}]\n  directResponse: {status: 418}\n- route: [{destination: {host: reviews}}]"));
        return controller(
                Translation.of(
                        Meshes.snapshot(
                                config, STOREFRONT, Meshes.sidecar("reviews-v1", "127.1.0.2"))),
                new ConnectionStatus(
                        STOREFRONT,
                        "delta",
                        Instant.EPOCH,
                        new ConnectionStatus.Progress(
                                STOREFRONT, state, "r1", Set.of(), refusals(errors)),
                        new TreeMap<>()));
    }

    private static Map<XdsType, ConnectionStatus.Refusal> refusals(Map<XdsType, String> errors) {
        var refusals = new EnumMap<XdsType, ConnectionStatus.Refusal>(XdsType.class);
        errors.forEach((type, error) ->
                refusals.put(type, new ConnectionStatus.Refusal(error, new TreeMap<>())));
        return refusals;
    }

    private static ExplainController.ExplainRequest request(
            @Nullable String from, @Nullable String url) {
        return new ExplainController.ExplainRequest(from, url, null, null, null, null);
    }

    @Test
    void bothFormsSayTheSame() {
        var controller = controller(ConnectionStatus.State.SYNCED, Map.of());

        var byQuery =
                controller.explain(
                        "storefront-v1",
                        "http://reviews:9080/",
                        null,
                        List.of("end-user:jason"),
                        null,
                        null);
        var byBody =
                controller.explain(
                        new ExplainController.ExplainRequest(
                                "storefront-v1",
                                "http://reviews:9080/",
                                "GET",
                                Map.of("End-User", "jason"),
                                null,
                                null));

        assertThat(byQuery).isEqualTo(byBody);
        assertThat(byBody.verdict()).isEqualTo("418: the route answers itself");
        assertThat(byBody.revision()).isEqualTo("r1");
        assertThat(byBody.notes()).isEmpty();
    }

    @Test
    void aProxyThatKeepsOlderConfigHasANote() {
        var question = request("storefront-v1", "http://reviews:9080/");

        assertThat(
                        controller(ConnectionStatus.State.NACKED, Map.of(XdsType.RDS, "bad route"))
                                .explain(question)
                                .notes())
                .contains(
                        "storefront-v1-1.shop has refused a part of its config and keeps the older one: bad route",
                        "no proxy of reviews-v1 is connected to this Pilot: a sidecar that captures traffic is assumed");
        assertThat(controller(ConnectionStatus.State.STALE, Map.of()).explain(question).notes())
                .anyMatch(note -> note.contains("has not confirmed the newest config yet"));
    }

    @Test
    void questionsThatCannotBeAnsweredAreRefusedInWords() {
        var controller = controller(ConnectionStatus.State.SYNCED, Map.of());

        assertThatThrownBy(() -> controller.explain(request("storefront-v1", null)))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("\"url\" is missing");
        assertThatThrownBy(() -> controller.explain(request("nobody", "http://reviews/")))
                .isInstanceOf(ProblemException.class)
                .hasMessage("there is no proxy and no workload \"nobody\"");
        assertThatThrownBy(() -> controller.explain(request(null, "http://reviews/")))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("no gateway is connected");
        assertThatThrownBy(() -> controller.explain(request("storefront-v1", "ftp://reviews/")))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("there is no scheme \"ftp\"");
        assertThatThrownBy(() ->
                        controller.explain(
                                null, "http://reviews/", null, List.of("jason"), null, null))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("\"jason\" is no header");
        assertThatThrownBy(
                        () -> controller(null).explain(request("storefront-v1", "http://reviews/")))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("no config yet");
    }
}
