package dev.quartet.mixer.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.expressions.Attributes;
import dev.quartet.mixer.TestMixer;
import io.grpc.Status;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DispatcherTest {
    private static final Attributes TO_SHOP =
            Attributes.of(Map.of("destination.namespace", "shop", "request.path", "/admin"));
    private static final Attributes TO_PAYMENTS =
            Attributes.of(Map.of("destination.namespace", "payments"));

    @Test
    void deniesWithTheHandlersNameAndMessage() {
        try (var mixer = new TestMixer()) {
            mixer.with(
                    TestMixer.denier(
                            "shop", "closed", 7, "not today", "request.path == \"/admin\""));

            var verdict = mixer.dispatcher.check(TO_SHOP);

            assertThat(verdict)
                    .isEqualTo(new Verdict(Status.Code.PERMISSION_DENIED, "closed.shop:not today"));
            assertThat(verdict.body()).isEqualTo("PERMISSION_DENIED:closed.shop:not today");
            assertThat(verdict.httpStatus()).isEqualTo(403);
            assertThat(
                            mixer.counter(
                                    "mixer_runtime_dispatches",
                                    "meshFunction",
                                    "checknothing",
                                    "handler",
                                    "closed.shop",
                                    "adapter",
                                    "denier",
                                    "error",
                                    "false"))
                    .isEqualTo(1);
        }
    }

    @Test
    void firstErrorCodeWinsAndAllMessagesAreJoined() {
        try (var mixer = new TestMixer()) {
            mixer.with(
                    TestMixer.denier("istio-system", "first", 16, "who are you", "true"),
                    TestMixer.denier("shop", "second", 7, "not today", "true"),
                    TestMixer.denier("shop", "third", 8, "too many", "false"));

            var verdict = mixer.dispatcher.check(TO_SHOP);

            assertThat(verdict)
                    .isEqualTo(
                            new Verdict(
                                    Status.Code.UNAUTHENTICATED,
                                    "first.istio-system:who are you, second.shop:not today"));
            assertThat(verdict.httpStatus()).isEqualTo(401);
        }
    }

    @Test
    void rulesOfANamespaceHoldThereAndThoseOfTheRootEverywhere() {
        try (var mixer = new TestMixer()) {
            mixer.with(TestMixer.denier("shop", "own", 7, "", "true"));
            assertThat(mixer.dispatcher.check(TO_PAYMENTS).ok()).isTrue();
            assertThat(mixer.dispatcher.check(Attributes.EMPTY).ok()).isTrue();
            assertThat(mixer.dispatcher.check(TO_SHOP).ok()).isFalse();

            mixer.with(TestMixer.denier("istio-system", "everywhere", 7, "", "true"));
            assertThat(mixer.dispatcher.check(TO_PAYMENTS).ok()).isFalse();
            assertThat(mixer.dispatcher.check(Attributes.EMPTY).ok()).isFalse();
        }
    }

    @Test
    void aClientsSideWorksForTheSourcesNamespace() {
        try (var mixer = new TestMixer()) {
            mixer.with(TestMixer.denier("shop", "own", 7, "", "true"));

            assertThat(
                            mixer.dispatcher
                                    .check(
                                            Attributes.of(
                                                    Map.of(
                                                            "context.reporter.kind", "outbound",
                                                            "source.namespace", "payments",
                                                            "destination.namespace", "shop")))
                                    .ok())
                    .isTrue();
            assertThat(
                            mixer.dispatcher
                                    .check(
                                            Attributes.of(
                                                    Map.of(
                                                            "context.reporter.kind",
                                                            "outbound",
                                                            "source.namespace",
                                                            "shop")))
                                    .ok())
                    .isFalse();
        }
    }

    @Test
    void aBrokenCheckDeniesWhereItMatches() {
        try (var mixer = new TestMixer()) {
            mixer.with(
                    """
                    apiVersion: config.istio.io/v1alpha2
                    kind: instance
                    metadata: {name: nothing, namespace: shop}
                    spec: {compiledTemplate: checknothing}
                    ---
                    apiVersion: config.istio.io/v1alpha2
                    kind: rule
                    metadata: {name: broken, namespace: shop}
                    spec:
                      match: 'request.path == "/admin"'
                      actions: [{handler: missing, instances: [nothing]}]
                    """);

            var verdict = mixer.dispatcher.check(TO_SHOP);

            assertThat(verdict.code()).isEqualTo(Status.Code.PERMISSION_DENIED);
            assertThat(verdict.message()).startsWith("missing.shop:");
            assertThat(
                            mixer.dispatcher
                                    .check(
                                            Attributes.of(
                                                    Map.of(
                                                            "destination.namespace",
                                                            "shop",
                                                            "request.path",
                                                            "/")))
                                    .ok())
                    .isTrue();
            assertThat(mixer.reported.getLast().getProblemsList())
                    .anySatisfy(
                            problem -> assertThat(problem.getReason()).isEqualTo("UnknownHandler"));
        }
    }

    @Test
    void withoutConfigurationThereIsNoVerdict() {
        try (var mixer = new TestMixer()) {
            assertThatThrownBy(() -> mixer.dispatcher.check(TO_SHOP))
                    .isInstanceOf(CheckFailedException.class);
        }
    }

    @Test
    void aFailureInsideACheckIsNoPass() {
        try (var mixer = new TestMixer()) {
            mixer.with(TestMixer.denier("shop", "closed", 7, "", "request.path == \"/admin\""));
            Attributes faulty =
                    name -> {
                        if (name.equals("request.path")) {
                            throw new IllegalStateException("bug");
                        }
                        return name.equals("destination.namespace") ? "shop" : null;
                    };

            assertThatThrownBy(() -> mixer.dispatcher.check(faulty))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aNewRevisionHoldsFromTheNextRequest() {
        try (var mixer = new TestMixer()) {
            mixer.with(TestMixer.denier("shop", "closed", 7, "", "true"));
            assertThat(mixer.dispatcher.check(TO_SHOP).ok()).isFalse();

            mixer.with();
            assertThat(mixer.dispatcher.check(TO_SHOP).ok()).isTrue();
            assertThat(mixer.reported)
                    .extracting(report -> report.getRevision())
                    .containsExactly("r1", "r2");
            assertThat(mixer.counter("mixer_handler_reused_handlers")).isEqualTo(1);
            assertThat(mixer.counter("mixer_handler_closed_handlers")).isEqualTo(1);
        }
    }

    @Test
    void everyCodeHasItsHttpStatus() {
        assertThat(new Verdict(Status.Code.NOT_FOUND, "").httpStatus()).isEqualTo(404);
        assertThat(new Verdict(Status.Code.RESOURCE_EXHAUSTED, "").httpStatus()).isEqualTo(429);
        assertThat(new Verdict(Status.Code.FAILED_PRECONDITION, "").httpStatus()).isEqualTo(400);
        assertThat(new Verdict(Status.Code.UNAVAILABLE, "").httpStatus()).isEqualTo(503);
    }
}
