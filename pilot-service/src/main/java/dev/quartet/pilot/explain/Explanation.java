package dev.quartet.pilot.explain;

import dev.quartet.pilot.translate.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What becomes of a request, and why: first the caller's proxy, then the called one's, each step as the request travels.
///
/// @param revision of the config that this is true for
/// @param request as it was understood: `GET http://reviews:9080/reviews/1`
/// @param verdict all outcomes in one line
/// @param outcomes where chance decides there are several; their percents make 100
/// @param mirrors clusters that get a copy that nobody waits for
/// @param notes what is assumed or not known
public record Explanation(
        String revision,
        String request,
        String from,
        String verdict,
        List<Outcome> outcomes,
        List<String> mirrors,
        List<Hop> hops,
        List<String> notes) {
    public Explanation {
        outcomes = List.copyOf(outcomes);
        mirrors = List.copyOf(mirrors);
        hops = List.copyOf(hops);
        notes = List.copyOf(notes);
    }

    /// What kind of end a request comes to.
    public enum End {
        /// A workload gets it.
        FORWARDED,

        /// It leaves the mesh, to where the client wanted it.
        OUTSIDE,

        /// A proxy answers itself.
        ANSWERED,

        /// A proxy answers that it should be asked for elsewhere.
        REDIRECTED,

        /// The connection is closed without an answer.
        CLOSED
    }

    /// @param percent of all such requests
    /// @param status of the answer that a proxy gives; null where none does
    /// @param cluster that it is sent to; null where it is sent nowhere
    /// @param location of a redirect
    /// @param body of the proxy's answer, where it is written in the config
    /// @param endpoints among which one is chosen
    /// @param text for people: `reviews v1 (2 endpoints, mTLS)`
    /// @param because what the user wrote that brings it about
    public record Outcome(
            double percent,
            End end,
            @Nullable Integer status,
            @Nullable String cluster,
            @Nullable String location,
            @Nullable String body,
            List<Endpoint> endpoints,
            String text,
            List<Source> because) {
        public Outcome {
            endpoints = List.copyOf(endpoints);
            because = List.copyOf(because);
        }

        Outcome share(double of) {
            return new Outcome(
                    percent * of / 100,
                    end,
                    status,
                    cluster,
                    location,
                    body,
                    endpoints,
                    text,
                    because);
        }
    }

    /// @param address `10.0.0.7:9080`
    /// @param workload its instance; null where it is none of the mesh
    /// @param weight its share among the endpoints
    /// @param transport how it is spoken to
    public record Endpoint(
            String address, @Nullable String workload, int weight, Transport transport) {}

    /// How a proxy speaks to an endpoint.
    public enum Transport {
        MTLS("mTLS"),
        TLS("TLS"),
        PLAINTEXT("plaintext");

        private final String words;

        Transport(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /// Whose proxy.
    public enum Side {
        CALLER,
        CALLED
    }

    /// One proxy on the way.
    ///
    /// @param proxy its instance
    /// @param workload what it is an instance of
    /// @param kind what it is, in words: `sidecar, HTTP proxy at 127.1.0.1:15002`
    /// @param connected whether it is connected to this Pilot; else its config is what it would get
    public record Hop(
            Side side,
            String proxy,
            String workload,
            String kind,
            boolean connected,
            List<Step> steps) {
        public Hop {
            steps = List.copyOf(steps);
        }
    }

    /// Which part of a proxy is met.
    public enum Stage {
        LISTENER,
        CONNECTION,
        HOST,
        ROUTE,
        POLICY,
        CLUSTER,
        APPLICATION
    }

    /// One part of a proxy that the request meets.
    ///
    /// @param name Envoy's name of it
    /// @param text what it does with the request
    /// @param because what the user wrote that brings it about
    /// @param details more that it does
    /// @param passed what does not hold for the request, in the order in which it was tried
    public record Step(
            Stage stage,
            String name,
            String text,
            List<Source> because,
            List<Detail> details,
            List<Passed> passed) {
        public Step {
            because = List.copyOf(because);
            details = List.copyOf(details);
            passed = List.copyOf(passed);
        }
    }

    public record Detail(String text, List<Source> because) {
        public Detail {
            because = List.copyOf(because);
        }
    }

    /// @param what Envoy's name of it, or the user's
    /// @param why it does not hold
    public record Passed(String what, String why, List<Source> source) {
        public Passed {
            source = List.copyOf(source);
        }
    }

    /// What the user wrote. In which file and line it stands Galley knows.
    ///
    /// @param path `spec.http[0].route[1]`; empty: all of it
    public record Source(String kind, String namespace, String name, String path) {
        static Source of(Origin origin) {
            var key = origin.resource();
            return new Source(
                    key.kind().label(), key.namespace(), key.name(), origin.path().text());
        }
    }
}
