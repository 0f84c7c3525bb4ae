/// The REST interfaces of the services, as the commands call them: token, addresses, problem+json as failures.
@NullMarked
package dev.quartet.cli.admin;

import org.jspecify.annotations.NullMarked;
