/// The kinds of `networking.istio.io`: where requests go, and how. One record per message of Istio's API; Java's
/// component names are the field names.
@NullMarked
package dev.quartet.config.networking;

import org.jspecify.annotations.NullMarked;
