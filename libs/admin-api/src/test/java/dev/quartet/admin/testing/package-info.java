/// For the tests of every service: contracts that the started service is held to: of REST admin ([AdminContract]), of the
/// metrics page ([MetricsContract]), of a webhook ([WebhookContract]).
@NullMarked
package dev.quartet.admin.testing;

import org.jspecify.annotations.NullMarked;
