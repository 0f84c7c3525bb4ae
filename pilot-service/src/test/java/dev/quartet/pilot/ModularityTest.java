package dev.quartet.pilot;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

class ModularityTest {
    @Test
    void stagesImportOnlyWhatTheySayTheyDo() {
        ApplicationModules.of(PilotApplication.class).verify();
    }
}
