/// A webhook of kube-apiserver's: an HTTPS port that takes AdmissionReviews and gives answers, open while there is a
/// certificate to show. A service gives a [dev.quartet.admin.webhook.Reviewer] for each path.
@NullMarked
package dev.quartet.admin.webhook;

import org.jspecify.annotations.NullMarked;
