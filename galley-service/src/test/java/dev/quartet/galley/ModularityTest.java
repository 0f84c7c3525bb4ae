package dev.quartet.galley;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

class ModularityTest {
    @Test
    void stagesImportOnlyWhatTheirPackagesSay() {
        ApplicationModules.of(GalleyApplication.class).verify();
    }
}
