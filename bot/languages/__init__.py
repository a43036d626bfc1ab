"""What the bot itself says, in the languages of its readers: a catalogue a language, to which others can be added.

An English text comes in, its translation goes out; what a catalogue lacks stays English. Nothing here knows what a
text is for, and no words of a source ever come here.

A catalogue is one TOML file, named by its language's tag (`de.toml`, `pt-BR.toml`): the standard library reads it as
it is, where gettext's need to be compiled.

    thousands, decimal  the marks within numbers
    plural              which of the forms of a text fits a number n, as gettext's `Plural-Forms` say it in C
    [names]             names of commands and their options
    [texts]             all else: the English text, and its translation with the same {placeholders}
    [plurals]           texts that count something, by their English singular, each with all its forms

`tests/bot/languages` names what a catalogue lacks.
"""
