/// For the tests of every service: the contract of REST admin, run against the started service ([AdminContract]).
@NullMarked
package dev.quartet.admin.testing;

import org.jspecify.annotations.NullMarked;
