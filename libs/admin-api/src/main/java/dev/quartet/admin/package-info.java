/// What all services share of REST admin: bearer token, Host and Origin checks, problem+json, status, log levels, OpenAPI, the metrics port, and start-up failures in plain words.
/// Spring Boot switches it on by itself ([AdminAutoConfiguration]); a service adds its own controllers under `/admin/v1` and [StatusContributor] beans.
@NullMarked
package dev.quartet.admin;

import org.jspecify.annotations.NullMarked;
