"""Keep the annotation tasks of a Clarifai app in git: validate, plan, apply."""

__version__ = "0.1.0"

__all__ = ["__version__"]
