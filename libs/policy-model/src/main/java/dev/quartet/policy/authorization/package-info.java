/// AuthorizationPolicies by themselves: what each rule asks for, and which of them lets a request pass or refuses it. Proxies get their config from the same
/// reading of a policy, and must come to the same verdicts. No Envoy.
@NullMarked
package dev.quartet.policy.authorization;

import org.jspecify.annotations.NullMarked;
