package dev.quartet.citadel.authenticate;

/// Judges bearer tokens that Citadel did not sign. May block; called from many threads.
public interface ForeignTokens {

    Authentication judge(String token);
}
