"""An index on a Milvus server: what a generation holds, in collections in place of files.

A generation that was built goes in; `retrieval.index`'s Generation comes out, read over the network as it is asked for.
Nothing here knows of questions or of front ends, nor how a generation is built.
"""
