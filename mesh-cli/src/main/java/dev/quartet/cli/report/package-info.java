/// Test reports of Maven's plugins: takes XML files, gives one sum with failures and reasons of skips.
@NullMarked
package dev.quartet.cli.report;

import org.jspecify.annotations.NullMarked;
