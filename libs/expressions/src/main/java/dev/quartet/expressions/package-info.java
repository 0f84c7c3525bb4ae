/// CEXL, Mixer's expression language: text and an attribute vocabulary go in, an immutable typed expression comes out,
/// which can be evaluated against a bag of attributes, or partially against what is known beforehand.
@NullMarked
package dev.quartet.expressions;

import org.jspecify.annotations.NullMarked;
