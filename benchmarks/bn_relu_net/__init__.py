"""A net of up to 32 hidden layers on digits: activation, batch normalisation and initial weights decide."""

from .task import BatchNormReluNet as BatchNormReluNet
