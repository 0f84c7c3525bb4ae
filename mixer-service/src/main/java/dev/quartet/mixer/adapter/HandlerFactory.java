package dev.quartet.mixer.adapter;

import dev.quartet.config.Problem;
import dev.quartet.policy.AdapterConfig;
import dev.quartet.policy.PolicyHandler;
import java.util.function.Consumer;

/// An adapter: makes handlers of one type of settings. `Pipeline` lists them.
public interface HandlerFactory<C extends AdapterConfig> {
    Class<C> configType();

    /// Begins the handlers of a new configuration, while those of the present one go on working.
    Assembly<C> begin();

    /// The handlers of one configuration in the making. For one thread.
    interface Assembly<C extends AdapterConfig> {
        /// @param problems what is wrong with the handler beyond its own settings
        Handler handler(PolicyHandler handler, C config, Consumer<Problem> problems);

        /// The new configuration is in force: what only older ones used may go.
        void inForce();
    }
}
