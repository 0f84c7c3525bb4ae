package dev.quartet.injector;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

class ModularityTest {
    @Test
    void stagesKnowOnlyWhatTheyReceive() {
        ApplicationModules.of(InjectorApplication.class).verify();
    }
}
