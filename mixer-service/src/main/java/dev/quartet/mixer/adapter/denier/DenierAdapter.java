package dev.quartet.mixer.adapter.denier;

import dev.quartet.config.Problem;
import dev.quartet.mixer.adapter.CheckOutcome;
import dev.quartet.mixer.adapter.Handler;
import dev.quartet.mixer.adapter.HandlerFactory;
import dev.quartet.policy.Denier;
import dev.quartet.policy.PolicyHandler;
import io.grpc.Status;
import java.util.function.Consumer;

/// Refuses whatever it is asked, with the code and message of its settings. After Istio 1.4, `mixer/adapter/denier`.
public final class DenierAdapter implements HandlerFactory<Denier> {
    @Override
    public Class<Denier> configType() {
        return Denier.class;
    }

    @Override
    public Assembly<Denier> begin() {
        return new Assembly<>() {
            @Override
            public Handler handler(
                    PolicyHandler handler, Denier config, Consumer<Problem> problems) {
                var refusal =
                        new CheckOutcome(
                                Status.fromCodeValue(config.code()).getCode(), config.message());
                return (Handler.Check) (instance, attributes) -> refusal;
            }

            @Override
            public void inForce() {}
        };
    }
}
