"""Sources of articles: folders, git repositories, sitemaps and feeds, each fetched into a folder of its own.

Settings come in; out go files that are whole at every instant, and a record of how each source fares. What is done with
the files is up to a build. Whatever a source says is distrusted: how much, how long, from where, and under which name.
"""
