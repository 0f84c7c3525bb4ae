package dev.quartet.mixer;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

class ModularityTest {
    @Test
    void stagesKnowOnlyWhatTheyReceive() {
        ApplicationModules.of(MixerApplication.class).verify();
    }
}
