package dev.quartet.citadel;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

class ModularityTest {

    @Test
    void stagesKnowOnlyWhatTheyMay() {
        ApplicationModules.of(CitadelApplication.class).verify();
    }
}
