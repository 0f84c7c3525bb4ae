package dev.quartet.config.check;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.mesh.MeshConfigRules;
import dev.quartet.config.mixer.Handler;
import dev.quartet.config.mixer.Instance;
import dev.quartet.config.mixer.MixerRules;
import dev.quartet.config.mixer.Rule;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.DestinationRuleRules;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.GatewayRules;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.ServiceEntryRules;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.networking.VirtualServiceRules;
import dev.quartet.config.networking.WorkloadEntry;
import dev.quartet.config.networking.WorkloadGroup;
import dev.quartet.config.networking.WorkloadRules;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.security.PeerAuthentication;
import dev.quartet.config.security.PeerAuthenticationRules;
import java.util.List;

/// Judges one resource by itself: Istio 1.4's rules for its kind (`pkg/config/validation/validation.go`), and what this
/// version does not translate. Pure and thread-safe.
public final class ResourceChecker {
    private ResourceChecker() {}

    /// With the file and line of each problem.
    public static List<Problem> check(ReadResource read) {
        return check(read.resource()).stream().map(read::locate).toList();
    }

    public static List<Problem> check(Resource<?> resource) {
        var problems = new Problems(resource.key());
        switch (resource.key().kind()) {
            case VIRTUAL_SERVICE ->
                    VirtualServiceRules.check(resource.as(VirtualService.class).spec(), problems);
            case DESTINATION_RULE ->
                    DestinationRuleRules.check(resource.as(DestinationRule.class).spec(), problems);
            case GATEWAY -> GatewayRules.check(resource.as(Gateway.class).spec(), problems);
            case SERVICE_ENTRY ->
                    ServiceEntryRules.check(resource.as(ServiceEntry.class).spec(), problems);
            case WORKLOAD_ENTRY ->
                    WorkloadRules.check(resource.as(WorkloadEntry.class).spec(), problems);
            case WORKLOAD_GROUP ->
                    WorkloadRules.check(resource.as(WorkloadGroup.class).spec(), problems);
            case PEER_AUTHENTICATION ->
                    PeerAuthenticationRules.check(
                            resource.as(PeerAuthentication.class).spec(), problems);
            case RULE -> MixerRules.check(resource.as(Rule.class).spec(), problems);
            case HANDLER -> MixerRules.check(resource.as(Handler.class).spec(), problems);
            case INSTANCE -> MixerRules.check(resource.as(Instance.class).spec(), problems);
            case MESH_CONFIG ->
                    MeshConfigRules.check(resource.as(MeshConfig.class).spec(), problems);
        }
        UntranslatedFields.check(resource.spec(), FieldPath.SPEC, problems);
        return problems.found();
    }
}
