package dev.quartet.citadel;

import org.springframework.boot.autoconfigure.condition.ConditionalOnCloudPlatform;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.boot.cloud.CloudPlatform;

/// Where Citadel has a disk of its own that lasts.
final class OutsideKubernetes extends NoneNestedConditions {

    OutsideKubernetes() {
        super(ConfigurationPhase.REGISTER_BEAN);
    }

    @ConditionalOnCloudPlatform(CloudPlatform.KUBERNETES)
    static final class OnKubernetes {}
}
