"""Runners on other machines than the service: jobs, leases and files go over its HTTP."""
