"""The worker's hashed words behind BentoML: the same code and imports, for the time a killed worker takes to be back."""

import bentoml
import numpy as np
from tandem_worker.encoders import HashEncoder


@bentoml.service(workers=1, traffic={"timeout": 10})
class Embed:
    def __init__(self) -> None:
        self.encoder = HashEncoder()

    @bentoml.api
    def embed(self, texts: list[str]) -> np.ndarray:
        return self.encoder.encode(texts)
