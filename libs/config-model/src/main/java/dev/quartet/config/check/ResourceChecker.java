package dev.quartet.config.check;

import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.Spec;
import dev.quartet.config.authentication.MeshPolicy;
import dev.quartet.config.authentication.Policy;
import dev.quartet.config.authentication.PolicyRules;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.mesh.MeshConfigRules;
import dev.quartet.config.mesh.MeshNetworks;
import dev.quartet.config.mesh.MeshNetworksRules;
import dev.quartet.config.mixer.Adapter;
import dev.quartet.config.mixer.AttributeManifest;
import dev.quartet.config.mixer.ClientRules;
import dev.quartet.config.mixer.Handler;
import dev.quartet.config.mixer.HttpApiSpec;
import dev.quartet.config.mixer.HttpApiSpecBinding;
import dev.quartet.config.mixer.Instance;
import dev.quartet.config.mixer.MixerRules;
import dev.quartet.config.mixer.QuotaSpec;
import dev.quartet.config.mixer.QuotaSpecBinding;
import dev.quartet.config.mixer.Rule;
import dev.quartet.config.mixer.Template;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.DestinationRuleRules;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.EnvoyFilterRules;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.GatewayRules;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.ServiceEntryRules;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.config.networking.SidecarRules;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.networking.VirtualServiceRules;
import dev.quartet.config.networking.WorkloadEntry;
import dev.quartet.config.networking.WorkloadGroup;
import dev.quartet.config.networking.WorkloadRules;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.config.security.AuthorizationPolicyRules;
import dev.quartet.config.security.PeerAuthentication;
import dev.quartet.config.security.PeerAuthenticationRules;
import dev.quartet.config.security.RequestAuthentication;
import dev.quartet.config.security.RequestAuthenticationRules;
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
        return check(resource, new Problems(resource.key()));
    }

    static List<Problem> check(Resource<?> resource, Problems problems) {
        rules(resource.spec(), problems);
        UntranslatedFields.check(resource, problems);
        return problems.found();
    }

    private static void rules(Spec any, Problems problems) {
        switch (any) {
            case VirtualService spec -> VirtualServiceRules.check(spec, problems);
            case DestinationRule spec -> DestinationRuleRules.check(spec, problems);
            case Gateway spec -> GatewayRules.check(spec, problems);
            case ServiceEntry spec -> ServiceEntryRules.check(spec, problems);
            case Sidecar spec -> SidecarRules.check(spec, problems);
            case EnvoyFilter spec -> EnvoyFilterRules.check(spec, problems);
            case WorkloadEntry spec -> WorkloadRules.check(spec, problems);
            case WorkloadGroup spec -> WorkloadRules.check(spec, problems);
            case Policy spec -> PolicyRules.check(spec, problems);
            case MeshPolicy spec -> PolicyRules.check(spec, problems);
            case PeerAuthentication spec -> PeerAuthenticationRules.check(spec, problems);
            case RequestAuthentication spec -> RequestAuthenticationRules.check(spec, problems);
            case AuthorizationPolicy spec -> AuthorizationPolicyRules.check(spec, problems);
            case Rule spec -> MixerRules.check(spec, problems);
            case Handler spec -> MixerRules.check(spec, problems);
            case Instance spec -> MixerRules.check(spec, problems);
            case AttributeManifest spec -> MixerRules.check(spec, problems);
            case Adapter spec -> MixerRules.check(spec, problems);
            case Template spec -> MixerRules.check(spec, problems);
            case QuotaSpec spec -> ClientRules.check(spec, problems);
            case QuotaSpecBinding spec -> ClientRules.check(spec, problems);
            case HttpApiSpec spec -> ClientRules.check(spec, problems);
            case HttpApiSpecBinding spec -> ClientRules.check(spec, problems);
            case MeshConfig spec -> MeshConfigRules.check(spec, problems);
            case MeshNetworks spec -> MeshNetworksRules.check(spec, problems);
            default -> throw new IllegalStateException(any.getClass() + " has no rules");
        }
    }
}
